"""Makes password_hashes.tsv with the real libraries: passwords, and their hashes as other systems keep them.

    pip install "django==5.2.*" "bcrypt==5.*" "passlib==1.7.*" "argon2-cffi==25.*"
    python make_password_hashes.py > password_hashes.tsv

Each line: what made it, the password as a JSON string, the hash. The work is as little as each library allows, so that
tests are quick; the forms do not change with it.
"""

import base64
import hashlib
import json

import argon2
import bcrypt
from django.conf import settings

settings.configure(PASSWORD_HASHERS=["django.contrib.auth.hashers.PBKDF2PasswordHasher"])

from django.contrib.auth import hashers
from passlib import hash as passlib

USUAL = "seven quiet otters cross at dusk"
NFC, NFD = "kůň ve sklepě 1", "ku\u030an\u030c ve sklepe\u030c 1"
LONG = "otters " * 12  # 84 bytes
BEYOND = "ř" * 40 + "!"  # 81 bytes, and bcrypt ends within none of them


def tell(what, password, text):
    print(what, json.dumps(password), text, sep="\t")


def crypt(password, cost=4, version="2b"):
    # From its version 5 on the library wants to be told where bcrypt ends; others end there without a word.
    text = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(cost)).decode()
    return text.replace("$2b$", f"${version}$")


class QuickPbkdf2(hashers.PBKDF2PasswordHasher):
    iterations = 1000


class QuickPbkdf2Sha1(hashers.PBKDF2SHA1PasswordHasher):
    iterations = 1000


class QuickBcrypt(hashers.BCryptPasswordHasher):
    rounds = 4


class QuickBcryptSha256(hashers.BCryptSHA256PasswordHasher):
    rounds = 4


class QuickScrypt(hashers.ScryptPasswordHasher):
    work_factor = 2**4


class QuickArgon2(hashers.Argon2PasswordHasher):
    memory_cost = 128


def django(hasher, password):
    return hasher.encode(password, hasher.salt())


def argon(kind, password, version=19):
    raw = argon2.low_level.hash_secret(password.encode(), b"of-sixteen-bytes", 2, 64, 2, 32, kind, version)
    return "argon2" + raw.decode()


def keycloak(algorithm, digest, length, password):
    """As `Pbkdf2PasswordHashProvider` derives it; the text is the one that an import makes of it."""
    salt = b"salt\xff\xfe of keycloak"
    # Keycloak fills short passwords up with NULs.
    filled = password.encode().ljust(14, b"\0")
    ab64 = lambda some: base64.b64encode(some).decode().rstrip("=").replace("+", ".")
    derived = hashlib.pbkdf2_hmac(digest, filled, salt, 1000, length)
    return f"${algorithm}$1000${ab64(salt)}${ab64(derived)}"


for password in [USUAL, NFC, NFD, LONG, BEYOND, "short", " with space "]:
    for version in ["2a", "2b", "2y"]:
        tell("bcrypt", password, crypt(password, version=version))
    if len(password.encode()) <= 72:
        tell("django bcrypt", password, django(QuickBcrypt(), password))
    tell("django bcrypt_sha256", password, django(QuickBcryptSha256(), password))
    tell("django pbkdf2_sha256", password, django(QuickPbkdf2(), password))
    tell("django pbkdf2_sha1", password, django(QuickPbkdf2Sha1(), password))
    tell("django scrypt", password, django(QuickScrypt(), password))
    tell("django argon2", password, django(QuickArgon2(), password))
    tell("passlib sha512_crypt", password, passlib.sha512_crypt.using(rounds=1000).hash(password))
    tell("passlib sha256_crypt", password, passlib.sha256_crypt.using(rounds=1000).hash(password))
    tell("passlib sha512_crypt, rounds unsaid", password, passlib.sha512_crypt.using(rounds=5000).hash(password))
    tell("passlib pbkdf2_sha1", password, passlib.pbkdf2_sha1.using(rounds=1000).hash(password))
    tell("passlib pbkdf2_sha256", password, passlib.pbkdf2_sha256.using(rounds=1000).hash(password))
    tell("passlib pbkdf2_sha512", password, passlib.pbkdf2_sha512.using(rounds=1000).hash(password))
    tell("passlib scrypt", password, passlib.scrypt.using(rounds=4).hash(password))
    tell("argon2-cffi argon2i", password, argon(argon2.low_level.Type.I, password))
    tell("argon2-cffi argon2d", password, argon(argon2.low_level.Type.D, password))
    tell("argon2-cffi argon2id", password, argon(argon2.low_level.Type.ID, password))
    tell("argon2-cffi argon2id 1.0", password, argon(argon2.low_level.Type.ID, password, 16))
    tell("keycloak pbkdf2", password, keycloak("pbkdf2", "sha1", 64, password))
    tell("keycloak pbkdf2-sha256", password, keycloak("pbkdf2-sha256", "sha256", 64, password))
    tell("keycloak pbkdf2-sha512", password, keycloak("pbkdf2-sha512", "sha512", 64, password))

try:
    from passlib.handlers.bcrypt import bcrypt_sha256

    salt = "n79VH.0Q2TMWmt3Oqt9uku"
    key = base64.b64encode(__import__("hmac").new(salt.encode(), USUAL.encode(), hashlib.sha256).digest())
    made = bcrypt.hashpw(key, f"$2b$04${salt}".encode()).decode()
    tell("passlib bcrypt_sha256", USUAL, f"$bcrypt-sha256$v=2,t=2b,r=4${salt}${made[29:]}")
except ImportError:
    raise SystemExit("passlib is too old")
# From the documentation of passlib, made by itself.
tell("passlib bcrypt_sha256", "password", "$bcrypt-sha256$v=2,t=2b,r=12$n79VH.0Q2TMWmt3Oqt9uku$Kq4Noyk3094Y2QlB8NdRT8SvGiI4ft2")
