"""The lock: a right password opens no session, whichever page asked for it, until the code is right.

Django sends `user_logged_in` wherever it signs somebody in: at the admin, at any other login page, by `login()` in a
view. There the new session is taken away again, and what is left says only whose code is waited for. So nothing that
asks `request.user` can mistake one for the other.
"""

import logging
import time
from datetime import datetime

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import (BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model, load_backend,
                                 login)
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.shortcuts import redirect, render, resolve_url
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme

from .countersign import Refused, ask

WAITING, WAITING_SECONDS = "second_factor", 600


@receiver(user_logged_in)
def hold(request, user, **_):
    if getattr(request, "code_was_right", False):
        return
    keys = {"user": SESSION_KEY, "backend": BACKEND_SESSION_KEY, "hash": HASH_SESSION_KEY}
    waiting = {name: request.session[key] for name, key in keys.items()}
    may_stay = False
    try:
        may_stay = ask("GET", "", user.pk).get("two_factor") == "off" or is_remembered(request, user)
    finally:
        # Also where the question failed: without a yes there is no session.
        if not may_stay:
            request.session.flush()
            request.user = AnonymousUser()
    if not may_stay:
        request.session[WAITING] = {**waiting, "until": time.time() + WAITING_SECONDS}
        request.waits_for_code = True


def waiting_user(request):
    """Whose code is waited for; nobody where they were disabled, or the password was changed, since they typed it."""
    waiting = request.session.get(WAITING)
    if not waiting or waiting["until"] < time.time():
        return None
    user = load_backend(waiting["backend"]).get_user(waiting["user"])
    same = user and constant_time_compare(user.get_session_auth_hash(), waiting["hash"])
    return user if same else None


def let_in(request, user, verified):
    """What follows a right code: a session with an id of its own. Answers where its owner wanted to go."""
    waiting = request.session[WAITING]
    request.session.flush()
    request.code_was_right = True
    login(request, user, waiting["backend"])
    keep_device(request, user, verified)
    # A path of our own, and nothing else.
    wanted = waiting.get("next")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else resolve_url(settings.LOGIN_REDIRECT_URL)


def device_cookie(user):
    # Of this user: two people at one browser each keep their own.
    return f"device-{user.pk}"


def is_remembered(request, user):
    token = request.COOKIES.get(device_cookie(user))
    if not token:
        return False
    try:
        keep_device(request, user, ask("POST", "/verify", user.pk, request, device_token=token))
        return True
    except Refused as refused:
        if not refused.is_about_the_code:
            raise
        return False


def keep_device(request, user, verified):
    """A device gets a new token each time: the old one is worth nothing now."""
    if device := verified.get("device"):
        request.new_device = {"key": device_cookie(user), "value": device["token"], "httponly": True, "samesite": "Lax",
                              "expires": datetime.fromisoformat(device["expires_at"]),
                              "path": resolve_url(settings.LOGIN_URL), "secure": settings.SESSION_COOKIE_SECURE}


@receiver(post_delete, sender=get_user_model())
def forget(instance, **_):
    # Once they are really gone here. What could not be forgotten there is nobody's: no primary key is given twice.
    user = instance.pk
    transaction.on_commit(lambda: ask("DELETE", "", user), robust=True)


class SecondFactor:
    """The middleware: leads whoever is held to the page for the code, and says so when Countersign does not answer."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if getattr(request, "waits_for_code", False):
            # All that counts of an answer to somebody who seemed to be signed in is where it leads.
            request.session[WAITING] = {**request.session[WAITING], "next": getattr(response, "url", None)}
            response = redirect("second_factor:code")
        if device := getattr(request, "new_device", None):
            response.set_cookie(**device)
        return response

    def process_exception(self, request, reason):
        if isinstance(reason, Refused):
            logging.getLogger(__name__).error("Countersign: %s", reason)
            context = {**admin.site.each_context(request), "is_nav_sidebar_enabled": False, "title": "Not now",
                       "text": "Please try again in a minute."}
            return render(request, "second_factor/page.html", context, status=503)
