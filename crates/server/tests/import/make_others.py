"""Makes the fixtures of the systems that do not run where this was written. The forms follow their sources:

Keycloak         server-spi …/models/credential/OTPCredentialModel.java, PasswordCredentialModel.java, dto/*
Authelia         internal/model/totp_configuration.go, internal/commands/storage_run.go (CSV), …/authentication/file_user_provider_database.go
Google           the protobuf as several open readers of it describe it

Neither server was found in Debian, PyPI, npm or crates.io: of Keycloak there are clients, themes and mocks, of Authelia a library.

    pip install argon2-cffi bcrypt
    python make_others.py fixtures
"""

import base64
import csv
import hashlib
import json
import pathlib
import sys
import urllib.parse

import argon2
import bcrypt

out = pathlib.Path(sys.argv[1])
PASSWORD = b"seven quiet otters cross at dusk"
JANA, KAREL, MARIE = b"jana-has-this-secret", b"karel-and-his-own-secret-32bytes", b"marie-has-a-counter!"
b64 = lambda some: base64.b64encode(some).decode()
b32 = lambda some: base64.b32encode(some).decode()
slow = lambda rounds: bcrypt.hashpw(PASSWORD, bcrypt.gensalt(rounds)).decode().replace("$2b$", "$2y$")


def keycloak():
    def otp(value, label, **more):
        data = {"subType": "totp", "digits": 6, "counter": 0, "period": 30, "algorithm": "HmacSHA1"} | more
        return {
            "id": "of-a-credential",
            "type": "otp",
            "userLabel": label,
            "createdDate": 1700000000000,
            "secretData": json.dumps({"value": value}),
            "credentialData": json.dumps(data),
        }

    def password(algorithm, iterations, salt, value, **more):
        return {
            "id": "of-a-password",
            "type": "password",
            "createdDate": 1700000000000,
            "secretData": json.dumps({"value": b64(value), "salt": b64(salt), "additionalParameters": {}}),
            "credentialData": json.dumps(
                {"hashIterations": iterations, "algorithm": algorithm, "additionalParameters": more}
            ),
        }

    salt = b"of-sixteen-bytes"
    raw = argon2.low_level.hash_secret_raw(PASSWORD, salt, 5, 7168, 1, 32, argon2.low_level.Type.ID)
    argon = password(
        "argon2", 5, salt, raw, hashLength=["32"], memory=["7168"], type=["id"], version=["1.3"], parallelism=["1"]
    )
    pbkdf2 = password("pbkdf2-sha512", 1000, salt, hashlib.pbkdf2_hmac("sha512", PASSWORD, salt, 1000, 64))

    def user(nth, name, *credentials, **more):
        return {
            "id": f"0000000{nth}-0000-4000-8000-000000000000",
            "username": name,
            "email": f"{name}@example.org",
            "emailVerified": True,
            "enabled": True,
            "createdTimestamp": 1700000000000,
            "totp": False,
            "credentials": list(credentials),
            "requiredActions": [],
        } | more

    users = [
        user(1, "jana", argon, otp("janaHasThisOwnSecret", "Phone"), firstName="Jana", lastName="Nováková"),
        user(
            2,
            "karel",
            pbkdf2,
            otp(b32(KAREL), "Tablet", algorithm="HmacSHA256", digits=8, period=60, secretEncoding="BASE32"),
            emailVerified=False,
        ),
        user(3, "marie", argon, otp("marieHasAnotherThing", "Fob", subType="hotp", counter=7)),
        user(4, "petr", argon, otp("petrHasLeftTheHouse1", "Phone"), enabled=False),
        user(5, "olga", argon),
    ]
    users[0]["credentials"].append({"type": "recovery-authn-codes", "secretData": "{}", "credentialData": "{}"})
    realm = {"id": "example", "realm": "example", "otpPolicyType": "totp", "roles": {"realm": []}, "users": users}
    (out / "keycloak.json").write_text(json.dumps(realm, indent=2, ensure_ascii=False) + "\n")


def authelia():
    # Authelia's secrets are kept as the text of their base 32, and its YAML encodes that once more.
    people = [("jana", "SHA1", 6, 30, JANA), ("karel", "SHA256", 8, 60, KAREL), ("eva", "SHA1", 6, 30, b"too-short")]
    text = "totp_configurations:\n"
    for name, algorithm, digits, period, secret in people:
        bare = b32(secret).rstrip("=")
        text += (
            f"    - created_at: 2026-01-02T03:04:05Z\n      last_used_at: null\n      username: {name}\n"
            f"      issuer: example.org\n      algorithm: {algorithm}\n      digits: {digits}\n      period: {period}\n"
            f"      secret: {b64(bare.encode())}\n"
        )
    (out / "authelia-totp.yml").write_text(text)
    with open(out / "authelia-totp.csv", "w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["issuer", "username", "algorithm", "digits", "period", "secret"])
        for name, algorithm, digits, period, secret in people:
            rows.writerow(["example.org", name, algorithm, digits, period, b32(secret).rstrip("=")])
    hasher = argon2.PasswordHasher(3, 65536, 4, 32, 16)
    (out / "authelia-users.yml").write_text(
        "# The file user database of Authelia.\nusers:\n"
        f"  jana:\n    disabled: false\n    displayname: 'Jana Nováková'\n    password: '{hasher.hash(PASSWORD)}'\n"
        "    email: jana@example.org\n    groups:\n      - admins\n      - dev\n"
        f"  karel:\n    displayname: \"Karel\"\n    password: \"{slow(4).replace('$2y$', '$2b$')}\"\n"
        "    email: 'karel@example.org'\n    groups: []\n"
        "  eva:\n    displayname: Eva\n    password: '$6$of$nobody'\n    email: eva@example.org\n"
    )


def google():
    def number(value):
        some = b""
        while value > 127:
            some, value = some + bytes([value & 127 | 128]), value >> 7
        return some + bytes([value])

    field = lambda nth, some: number(nth << 3 | 2) + number(len(some)) + some
    plain = lambda nth, value: number(nth << 3) + number(value)

    def account(secret, name, algorithm=1, digits=1, kind=2, counter=0):
        some = field(1, secret) + field(2, name.encode()) + field(3, b"Example")
        return field(1, some + plain(4, algorithm) + plain(5, digits) + plain(6, kind) + plain(7, counter))

    batches = [
        account(JANA, "jana@example.org") + account(KAREL, "Example:karel@example.org", algorithm=2, digits=2),
        account(MARIE, "marie@example.org", kind=1, counter=7) + account(b"md5-of-all-things!!!", "eva@example.org", 4),
    ]
    lines = []
    for nth, some in enumerate(batches):
        payload = some + plain(2, 1) + plain(3, len(batches)) + plain(4, nth) + plain(5, 1234567)
        lines.append("otpauth-migration://offline?data=" + urllib.parse.quote(b64(payload), safe=""))
    (out / "google.txt").write_text("\n".join(lines) + "\n")
    (out / "google-first-of-two.txt").write_text(lines[0] + "\n")


for make in [keycloak, authelia, google]:
    make()
