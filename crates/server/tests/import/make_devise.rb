# Makes fixtures/devise-4* with the real devise-two-factor 4.0.2 on a PostgreSQL that is thrown away: people who never
# lived, their table exported in both of the ways that docs/import.md tells people of.
#
#     apt-get install --no-install-recommends ruby-devise-two-factor ruby-activerecord ruby-pg postgresql
#     scripts/with-postgres ruby make_devise.rb fixtures
#
# The packages are those of Debian 12: devise 4.8.1, attr_encrypted 3.1.0, Rails 6.1. The form of version 5 is made by
# make_rails.rb.

require "active_record"
require "rails"
require "action_controller/railtie"
require "devise"
require "devise/orm/active_record"
require "devise-two-factor"

out = ARGV.fetch(0)
server = ENV.fetch("TEST_POSTGRES")
PASSWORD = "seven quiet otters cross at dusk"
KEY = "the otp_secret_encryption_key of nobody, which is long"

at = server.split.to_h { |part| part.split("=") }
ActiveRecord::Base.establish_connection(
  adapter: "postgresql", host: at["host"], port: at["port"], username: at["user"], database: "postgres"
)
ActiveRecord::Schema.verbose = false
ActiveRecord::Schema.define do
  create_table :users do |table|
    table.string :email, null: false, default: ""
    table.string :encrypted_password, null: false, default: ""
    # What the generator of devise-two-factor adds.
    table.string :encrypted_otp_secret
    table.string :encrypted_otp_secret_iv
    table.string :encrypted_otp_secret_salt
    table.integer :consumed_timestep
    table.boolean :otp_required_for_login
    table.string :otp_backup_codes, array: true
    table.timestamps
  end
end

Devise.setup { |config| config.stretches = 4 }

class User < ActiveRecord::Base
  devise :two_factor_authenticatable, :two_factor_backupable, otp_secret_encryption_key: KEY
end

def person(name, **more)
  User.create!(email: "#{name}@example.org", password: PASSWORD, **more)
end

base32 = ->(secret) { ROTP::Base32.encode(secret) }
jana = person("jana", otp_secret: base32["jana-has-this-secret"], otp_required_for_login: true)
jana.generate_otp_backup_codes!
jana.validate_and_consume_otp!(jana.current_otp) or abort "devise refuses its own code"
person("karel", otp_secret: base32["karel-and-his-own-secret-32bytes"], otp_required_for_login: true)
# Who has turned it off, who has seen a QR code and gone away, and who has never asked for one.
person("marie", otp_secret: base32["marie-has-a-counter!"], otp_required_for_login: false)
person("olga", otp_secret: User.generate_otp_secret)
person("petr")
# As long as what devise-two-factor makes by itself.
person("eva", otp_secret: User.generate_otp_secret, otp_required_for_login: true)

# The words of docs/import.md for psql, and for Rails.
columns = %w[id email encrypted_password encrypted_otp_secret encrypted_otp_secret_iv encrypted_otp_secret_salt
             otp_backup_codes otp_required_for_login]
copy = "\\copy (SELECT #{columns.join(', ')} FROM users) TO '#{out}/devise-4.csv' CSV HEADER"
system("psql", "--quiet", server, "-c", copy, exception: true)
File.open("#{out}/devise-4-by-rails.jsonl", "w") do |file|
  $stdout = file
  User.find_each { |u| puts u.slice(:id, :email, :encrypted_password, :otp_required_for_login).merge(otp_secret: u.otp_secret).to_json }
end
File.write("#{out}/devise-4.key", "otp_secret_encryption_key: #{KEY}\n")
