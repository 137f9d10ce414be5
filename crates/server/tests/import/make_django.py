"""Makes fixtures/django.json with the real packages: what `manage.py dumpdata` says of people who never lived.

    pip install "django==5.2.*" "django-otp==1.7.*" "django-allauth[mfa]==65.*"
    python make_django.py > fixtures/django.json
"""

import sys

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="of nobody",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django_otp",
        "django_otp.plugins.otp_totp",
        "django_otp.plugins.otp_hotp",
        "django_otp.plugins.otp_static",
        "allauth",
        "allauth.account",
        "allauth.mfa",
    ],
    MIDDLEWARE=["allauth.account.middleware.AccountMiddleware"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    PASSWORD_HASHERS=["django.contrib.auth.hashers.PBKDF2PasswordHasher"],
    USE_TZ=True,
)
django.setup()

from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import User
from django.core.management import call_command
from django_otp.plugins.otp_hotp.models import HOTPDevice
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

call_command("migrate", verbosity=0)
PASSWORD = "seven quiet otters cross at dusk"


def user(name, **more):
    return User.objects.create_user(name, f"{name}@example.org", PASSWORD, **more)


jana = user("jana", first_name="Jana", last_name="Nováková")
device = TOTPDevice.objects.create(user=jana, name="Phone", key=b"jana-has-this-secret".hex())
StaticDevice.objects.create(user=jana, name="Backup").token_set.create(token="abcdefgh")
karel = user("karel")
TOTPDevice.objects.create(
    user=karel, name="Tablet", key=b"karel-and-his-own-secret-32bytes".hex(), digits=8, step=60
)
marie = user("marie")
HOTPDevice.objects.create(user=marie, name="Key fob", key=b"marie-has-a-counter!".hex(), counter=7)
TOTPDevice.objects.create(user=marie, name="Never scanned", key=b"marie-never-proved-it".hex(), confirmed=False)
# This one has allauth alone, whose secrets are base 32.
olga = user("olga")
EmailAddress.objects.create(user=olga, email="olga@example.org", verified=True, primary=True)
TOTP.activate(olga, "N5WGOYJNNBQXGLLUNBUXGLLTMVRXEZLU")
RecoveryCodes.activate(olga)
user("petr", is_active=False)

call_command(
    "dumpdata", "auth.user", "otp_totp", "otp_hotp", "otp_static", "account.emailaddress", "mfa", indent=2, stdout=sys.stdout
)
