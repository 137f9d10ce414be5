"""Makes accounts with TOTP and an open session each, and writes a line for each: the session's token and the secret."""

import sys
import time

import django

django.setup()

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from allauth.mfa.utils import encrypt
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.db import transaction

count, file = int(sys.argv[1]), sys.argv[2]
call_command("migrate", verbosity=0)
with transaction.atomic(), open(file, "w") as lines:
    for nth in range(count):
        user = get_user_model().objects.create(username=f"user-{nth}", email=f"user-{nth}@example.com", password="!")
        secret = generate_totp_secret()
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": encrypt(secret)})
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
        session.create()
        lines.write(f"{session.session_key} {secret.rstrip('=')}\n")
