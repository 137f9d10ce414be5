<?php

/*
Makes fixtures/fortify-*.json, .csv and .key with the real Laravel, on a PostgreSQL that is thrown away: people who never
lived, their table exported in both of the ways that docs/import.md tells people of.

    apt-get install --no-install-recommends php-cli php-laravel-framework php-pgsql postgresql
    scripts/with-postgres php make_laravel.php fixtures/fortify-8 AES-256-GCM
    scripts/with-postgres php make_laravel.php fixtures/fortify-8-128 AES-128-CBC

on Debian 12, whose Laravel is 8.83, and on Debian's unstable, whose Laravel is 13.31,

    scripts/with-postgres php make_laravel.php fixtures/fortify-13 AES-256-CBC
    scripts/with-postgres php make_laravel.php fixtures/fortify-13-128 AES-128-GCM

Tables, models, ciphertexts, password hashes and JSON are Laravel's own, the CSV is psql's. Fortify itself is in none of
the registries that were within reach (Debian, npm, PyPI, crates.io): what its EnableTwoFactorAuthentication and
ConfirmTwoFactorAuthentication write into the table is written here, after their sources. Nor was tinker there: what it is
told to print is evaluated without it.
*/

namespace App\Models {
    require '/usr/share/php/Illuminate/autoload.php';

    class User extends \Illuminate\Foundation\Auth\User
    {
        protected $hidden = ['password', 'remember_token', 'two_factor_recovery_codes', 'two_factor_secret'];
        protected $casts = ['email_verified_at' => 'datetime'];
    }
}

namespace {
    use App\Models\User;
    use Illuminate\Container\Container;
    use Illuminate\Contracts\Encryption\DecryptException;
    use Illuminate\Database\Capsule\Manager;
    use Illuminate\Database\Schema\Blueprint;
    use Illuminate\Encryption\Encrypter;
    use Illuminate\Foundation\Application;
    use Illuminate\Hashing\BcryptHasher;
    use Illuminate\Support\Str;

    // Laravel 8 is older than the PHP that Debian runs it with.
    error_reporting(E_ALL & ~E_DEPRECATED);
    [, $prefix, $cipher] = $argv;
    $server = getenv('TEST_POSTGRES');
    parse_str(strtr($server, ' ', '&'), $at);

    $database = new Manager();
    $database->addConnection([
        'driver' => 'pgsql',
        'host' => $at['host'],
        'port' => $at['port'],
        'username' => $at['user'],
        'database' => 'postgres',
        'charset' => 'utf8',
    ]);
    $database->bootEloquent();
    $database->getConnection()->getSchemaBuilder()->create('users', function (Blueprint $table) {
        $table->id();
        $table->string('name');
        $table->string('email')->unique();
        $table->timestamp('email_verified_at')->nullable();
        $table->string('password');
        $table->text('two_factor_secret')->nullable();
        $table->text('two_factor_recovery_codes')->nullable();
        $table->timestamp('two_factor_confirmed_at')->nullable();
        $table->rememberToken();
        $table->timestamps();
    });

    $key = Encrypter::generateKey($cipher);
    $earlier = Encrypter::generateKey($cipher);
    $sealing = fn (string $key) => Container::getInstance()->instance('encrypter', new Encrypter($key, $cipher));
    // Since Laravel 11 an application may go on reading what an earlier key has sealed.
    $rotates = method_exists(Encrypter::class, 'previousKeys');
    $hasher = new BcryptHasher(['rounds' => 4]);

    $person = function (string $name, ?string $secret, bool $confirmed = true) use ($hasher): User {
        $user = new User();
        $user->forceFill([
            'name' => $name === 'jana' ? 'Jana Nováková' : Str::title($name),
            'email' => "$name@example.org",
            'email_verified_at' => '2026-01-01 00:00:00',
            'password' => $hasher->make('seven quiet otters cross at dusk'),
        ])->save();
        if ($secret !== null) {
            $codes = array_map(fn () => Str::random(10) . '-' . Str::random(10), range(1, 8));
            $user->forceFill([
                'two_factor_secret' => encrypt($secret),
                'two_factor_recovery_codes' => encrypt(json_encode($codes)),
                'two_factor_confirmed_at' => $confirmed ? '2026-01-02 03:04:05' : null,
            ])->save();
        }
        return $user;
    };

    $sealing($key);
    $person('jana', 'NJQW4YJNNBQXGLLUNBUXGLLTMVRXEZLU');
    $sealing($rotates ? $earlier : $key);
    $person('karel', 'NNQXEZLMFVQW4ZBNNBUXGLLPO5XC243FMNZGK5BNGMZGE6LUMVZQ');
    $sealing($key);
    $person('marie', 'NVQXE2LFFVUGC4ZNMEWWG33VNZ2GK4RB', confirmed: false);
    $person('olga', null);
    $eva = $person('eva', 'O5UXI2BNMEWWG2DBNZTWKZBNMJ4XIZJB');
    // As long as what Fortify makes by itself.
    $person('petr', 'OBSXI4RNNBQXGMJQ');

    // Somebody has changed a letter of what is sealed, and Laravel itself does not open it.
    $payload = json_decode(base64_decode($eva->two_factor_secret), true);
    $payload['value'][0] = $payload['value'][0] === 'A' ? 'B' : 'A';
    $spoilt = base64_encode(json_encode($payload, JSON_UNESCAPED_SLASHES));
    try {
        decrypt($spoilt);
        exit("Laravel opens what was changed\n");
    } catch (DecryptException) {
        $eva->forceFill(['two_factor_secret' => $spoilt])->save();
    }

    // The words of docs/import.md for tinker, and for psql.
    ob_start();
    echo App\Models\User::all()->makeVisible(['password', 'two_factor_secret'])->toJson();
    file_put_contents("$prefix.json", ob_get_clean() . "\n");
    $columns = 'id, email, name, password, email_verified_at, two_factor_secret, two_factor_confirmed_at';
    $copy = "\\copy (SELECT $columns FROM users ORDER BY id) TO '$prefix.csv' CSV HEADER";
    passthru('psql --quiet ' . escapeshellarg($server) . ' -c ' . escapeshellarg($copy), $status);

    $lines = ['APP_NAME=Example', 'APP_ENV=production', 'APP_KEY=base64:' . base64_encode($key), 'APP_DEBUG=false'];
    if ($rotates) {
        $lines[] = 'APP_PREVIOUS_KEYS=base64:' . base64_encode($earlier);
    }
    file_put_contents("$prefix.key", implode("\n", $lines) . "\n");
    fwrite(STDERR, 'Laravel ' . Application::VERSION . ", $cipher\n");
    exit($status);
}
