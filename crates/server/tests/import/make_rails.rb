# Makes fixtures/devise-5* with the real Active Record Encryption, in which devise-two-factor keeps its secrets since
# version 5, on a PostgreSQL that is thrown away: people who never lived, their table exported by psql as docs/import.md
# tells people to.
#
#     apt-get install --no-install-recommends ruby-activerecord ruby-bcrypt ruby-pg ruby-rotp postgresql
#     scripts/with-postgres ruby make_rails.rb fixtures
#
# The packages are those of Debian's unstable: Rails 7.2.4. It needs 7.1 or later, which Debian 13 has too. No registry
# within reach (Debian, npm, PyPI, crates.io) has version 5 of devise-two-factor itself, nor a devise that this Rails
# loads: `encrypts :otp_secret`, which the gem says of the model, is said here, and passwords are hashed by devise's
# bcrypt without devise.

require "active_record"
require "bcrypt"
require "rotp"

out = ARGV.fetch(0)
server = ENV.fetch("TEST_POSTGRES")
PASSWORD = "seven quiet otters cross at dusk"
SALT = "xEY0dt6TZcAMg52K7O84wYzkjvbA62Hz"
EARLIER, LATER = "EGY8WhulUOXixybod7ZWwMIL68R9o5kC", "p1VtJ0v4WfHq7n2kqkQm3sZcY6bRu9Ex"

at = server.split.to_h { |part| part.split("=") }
ActiveRecord::Base.establish_connection(
  adapter: "postgresql", host: at["host"], port: at["port"], username: at["user"], database: "postgres"
)
ActiveRecord::Schema.verbose = false
ActiveRecord::Schema.define do
  create_table :users do |table|
    table.string :email, null: false, default: ""
    table.string :encrypted_password, null: false, default: ""
    table.string :otp_secret
    table.integer :consumed_timestep
    table.boolean :otp_required_for_login
    table.timestamps
  end
end

# The model of an application that is started with these keys, the last of which seals.
def users_of(keys, digest)
  ActiveRecord::Encryption.config.hash_digest_class = digest
  ActiveRecord::Encryption.configure(
    primary_key: keys, deterministic_key: "aU43-of-nobody", key_derivation_salt: SALT
  )
  Class.new(ActiveRecord::Base) do
    self.table_name = "users"
    encrypts :otp_secret

    define_singleton_method(:person) do |name, secret, **more|
      hash = BCrypt::Password.create(PASSWORD, cost: 4)
      create!(email: "#{name}@example.org", encrypted_password: hash, otp_secret: secret, **more)
    end
  end
end

base32 = ->(secret) { ROTP::Base32.encode(secret) }
# Rails 7.0 derived keys by SHA-1, Rails 7.1 and later by SHA-256.
users = users_of([EARLIER], OpenSSL::Digest::SHA1)
users.person("vera", base32["vera-began-with-7.0!"], otp_required_for_login: true)
users = users_of([EARLIER], OpenSSL::Digest::SHA256)
users.person("jana", base32["jana-has-this-secret"], otp_required_for_login: true)
# Rails compresses what is longer than 140 bytes.
long = base32["zofie-has-a-secret-that-is-longer-than-any-app-makes-" * 2]
users.person("zofie", long, otp_required_for_login: true)
# The key was changed since, and what the earlier one has sealed is still read.
users = users_of([EARLIER, LATER], OpenSSL::Digest::SHA256)
users.person("karel", base32["karel-and-his-own-secret-32bytes"], otp_required_for_login: true)
users.person("marie", base32["marie-has-a-counter!"], otp_required_for_login: false)
users.person("olga", base32["olga-has-gone-away.."])
users.person("petr", nil)
opened = users.where(email: %w[jana@example.org zofie@example.org karel@example.org]).order(:id).map(&:otp_secret)
opened == [base32["jana-has-this-secret"], long, base32["karel-and-his-own-secret-32bytes"]] or abort "Rails opens nothing"

# The words of docs/import.md for psql; and the same as Rails reads it, which opens nothing for who asks without a model.
rows = "SELECT id, email, encrypted_password, otp_secret, otp_required_for_login FROM users"
system("psql", "--quiet", server, "-c", "\\copy (#{rows}) TO '#{out}/devise-5.csv' CSV HEADER", exception: true)
lines = ActiveRecord::Base.connection.select_all(rows).map { |row| "#{row.to_json}\n" }
File.write("#{out}/devise-5.jsonl", lines.join)
File.write("#{out}/devise-5.key", <<~KEYS)
  active_record_encryption:
    primary_key: #{EARLIER}
    primary_key: #{LATER}
    deterministic_key: aU43-of-nobody
    key_derivation_salt: #{SALT}
KEYS
