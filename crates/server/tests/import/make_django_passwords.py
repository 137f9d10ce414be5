"""Makes fixtures/django-passwords.json with the real packages: somebody for each way in which Django hashes passwords.

    pip install "django==5.2.*" "django-otp==1.7.*" bcrypt argon2-cffi
    python make_django_passwords.py > fixtures/django-passwords.json

All of them with the work of Django's own defaults, but for PBKDF2: a million iterations take a test too long.
"""

import sys

import django
from django.conf import settings
from django.contrib.auth import hashers


class QuickPbkdf2(hashers.PBKDF2PasswordHasher):
    iterations = 2000


class QuickPbkdf2Sha1(hashers.PBKDF2SHA1PasswordHasher):
    iterations = 2000


settings.configure(
    SECRET_KEY="of nobody",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django_otp",
        "django_otp.plugins.otp_totp",
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    PASSWORD_HASHERS=[
        "__main__.QuickPbkdf2",
        "__main__.QuickPbkdf2Sha1",
        "django.contrib.auth.hashers.Argon2PasswordHasher",
        "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
        "django.contrib.auth.hashers.BCryptPasswordHasher",
        "django.contrib.auth.hashers.ScryptPasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ],
    USE_TZ=True,
)
django.setup()

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.core.management import call_command
from django_otp.plugins.otp_totp.models import TOTPDevice

call_command("migrate", verbosity=0)
PASSWORD = "seven quiet otters cross at dusk"

for hasher in ["pbkdf2_sha256", "pbkdf2_sha1", "argon2", "bcrypt_sha256", "bcrypt", "scrypt", "md5"]:
    name = hasher.replace("_", "-")
    user = User.objects.create(username=name, email=f"{name}@example.org", password=make_password(PASSWORD, hasher=hasher))
    TOTPDevice.objects.create(user=user, name="Phone", key=b"jana-has-this-secret".hex())
user = User.objects.create_user("none", "none@example.org")
TOTPDevice.objects.create(user=user, name="Phone", key=b"jana-has-this-secret".hex())

call_command("dumpdata", "auth.user", "otp_totp", indent=2, stdout=sys.stdout)
