"""A project like any other, whose users sign in at Django's own admin. What it says of Countersign is marked."""

import os
from pathlib import Path

from django.core.management.utils import get_random_secret_key

SECRET_KEY = os.environ.get("SHOP_SECRET") or get_random_secret_key()
ALLOWED_HOSTS = ["localhost"]
ROOT_URLCONF = "pottery.urls"
LANGUAGE_CODE = "en"
USE_TZ = True
STATIC_URL = "/static/"
# Behind a proxy with TLS: set SHOP_HTTPS, and let REMOTE_ADDR be the person's address.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = "SHOP_HTTPS" in os.environ

DATABASES = {"default": {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": os.environ.get("SHOP_DATABASE", Path(__file__).parent.parent / "shop.db"),
}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "second_factor",  # Countersign: before the admin, which gets a link to its page
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "second_factor.lock.SecondFactor",  # Countersign: behind sessions and authentication
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
LOGIN_URL = "admin:login"  # Countersign: where a sign-in begins
LOGIN_REDIRECT_URL = "admin:index"

TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True,
    "OPTIONS": {"context_processors": [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]},
}]
