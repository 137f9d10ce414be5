"""A pottery shop with users and passwords of its own, and a second factor by Countersign.

What is the shop's: users, passwords, sessions, pages. What is Countersign's: authenticators, recovery codes, remembered
devices, and whether a code is right. The three places where they meet are marked: enrol, sign in, turn off.
"""

import os
import secrets
import sqlite3
import time
from datetime import datetime
from urllib.parse import quote

from flask import Flask, g, redirect, render_template, request, session
from werkzeug.security import check_password_hash, generate_password_hash

from countersign import Refused, ask, verify

DATABASE = os.environ.get("SHOP_DATABASE", "shop.db")
PENDING_SECONDS = 600
# Whoever has no account waits for a hash as well: the time tells nobody who has one.
NOBODY = generate_password_hash(secrets.token_hex())

app = Flask(__name__)
app.secret_key = os.environ.get("SHOP_SECRET") or secrets.token_hex()
app.config.update(SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax")
# Behind a proxy with TLS: set SHOP_HTTPS, and wrap the app in werkzeug's ProxyFix so that remote_addr is the person's.
HTTPS = app.config["SESSION_COOKIE_SECURE"] = "SHOP_HTTPS" in os.environ


# --- Users, sessions, pages -------------------------------------------------------------------------------------------

def database():
    if "database" not in g:
        g.database = sqlite3.connect(DATABASE, isolation_level=None)
        g.database.row_factory = sqlite3.Row
        g.database.execute("""CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY AUTOINCREMENT,
            email TEXT NOT NULL UNIQUE, password TEXT NOT NULL, generation INTEGER NOT NULL DEFAULT 1)""")
    return g.database


@app.teardown_appcontext
def close(_):
    if "database" in g:
        g.database.close()


def user_where(column, value):
    return database().execute(f"SELECT * FROM users WHERE {column} = ?", [value]).fetchone()


def signed_in_user():
    user = user_where("id", session.get("user"))
    return user if user and user["generation"] == session.get("generation") else None


def start_session(user):
    session.clear()
    session.update(user=user["id"], generation=user["generation"])


def end_other_sessions(user):
    """After a change of the second factor, only this browser stays signed in."""
    database().execute("UPDATE users SET generation = generation + 1 WHERE id = ?", [user["id"]])
    start_session(user_where("id", user["id"]))


def has_password(user, password):
    return check_password_hash(user["password"] if user else NOBODY, password) and user is not None


def is_on(user):
    return ask("GET", "", user["id"]).get("two_factor") != "off"


def page(title, error=None, **parts):
    return render_template("page.html", title=title, error=error, **parts), 422 if error else 200


def field(label, name, kind="text", autocomplete="off", hint=""):
    return {"label": label, "name": name, "type": kind, "autocomplete": autocomplete, "hint": hint}


EMAIL = field("Email", "email", "email", "username")
PASSWORD = field("Password", "password", "password", "current-password")
NEW_PASSWORD = field("Password", "password", "password", "new-password", "At least 15 characters.")
CODE = field("Authentication code", "code", "text", "one-time-code", "Six digits of your app, or a recovery code.")
APP_CODE = field("Authentication code", "code", "text", "one-time-code", "The six digits that the app shows now.")
WRONG = "Wrong email or password."


@app.errorhandler(Refused)
def not_now(reason):
    app.logger.error("Countersign: %s", reason)
    return render_template("page.html", title="Not now", text="Please try again in a minute."), 503


@app.get("/")
def account():
    user = signed_in_user()
    if not user:
        return redirect("/sign-in")
    state = ask("GET", "", user["id"])
    return page("My account", text=f"You are signed in as {user['email']}.", state=state)


@app.route("/sign-up", methods=["GET", "POST"])
def sign_up():
    form = {"fields": [EMAIL, NEW_PASSWORD], "button": "Create account"}
    if request.method == "GET":
        return page("Create an account", **form)
    email, password = request.form["email"].strip().lower(), request.form["password"]
    if len(password) < 15:
        return page("Create an account", "The password has to have at least 15 characters.", **form)
    try:
        database().execute("INSERT INTO users (email, password) VALUES (?, ?)", [email, generate_password_hash(password)])
    except sqlite3.IntegrityError:
        return page("Create an account", "There is an account with this email.", **form)
    return redirect("/sign-in")


@app.post("/sign-out")
def sign_out():
    session.clear()
    return redirect("/sign-in")


# --- Enrol: the password is asked by us, the rest is Countersign's ----------------------------------------------------

@app.route("/two-factor/turn-on", methods=["GET", "POST"])
def turn_on():
    user = signed_in_user()
    if not user:
        return redirect("/sign-in")
    if is_on(user):  # in another tab
        return redirect("/")
    form = {"fields": [PASSWORD], "button": "Enable 2FA"}
    if request.method == "GET":
        return page("Turn on two-factor authentication", **form)
    if not has_password(user, request.form["password"]):
        return page("Turn on two-factor authentication", "The password is not right.", **form)
    offer = ask("POST", "/authenticators", user["id"], account_name=user["email"])
    return page("Scan the QR code", offer=offer, **set_up_form(offer["id"]))


def set_up_form(offer_id):
    return {"action": "/two-factor/set-up", "fields": [APP_CODE], "button": "Set up", "hidden": {"id": offer_id}}


@app.post("/two-factor/set-up")
def set_up():
    user = signed_in_user()
    if not user:
        return redirect("/sign-in")
    offer_id = request.form["id"]
    try:
        on = ask("POST", f"/authenticators/{quote(offer_id, safe='')}/confirm", user["id"], code=request.form["code"])
    except Refused as refused:
        if not refused.is_for_the_person:
            raise
        # The QR code is still good; whoever has scanned it types the next code.
        again = {"links": [("/two-factor/turn-on", "Show a new QR code")]}
        return page("Type the code of the app", refused.words, **set_up_form(offer_id), **again)
    end_other_sessions(user)
    return page("Save your recovery codes", codes=on["recovery_codes"], links=[("/", "Continue")])


# --- Sign in: our password, then Countersign's decision ---------------------------------------------------------------

def device_cookie(user):
    # Of this user: two people at one browser each keep their own.
    return f"device-{user['id']}"


def sign_in_with(user, verified):
    """What follows a right second factor. A device gets a new token each time: the old one is worth nothing now."""
    start_session(user)
    response = redirect("/")
    if device := verified.get("device"):
        response.set_cookie(device_cookie(user), device["token"], expires=datetime.fromisoformat(device["expires_at"]),
                            path="/sign-in", httponly=True, samesite="Lax", secure=HTTPS)
    return response


@app.route("/sign-in", methods=["GET", "POST"])
def sign_in():
    form = {"fields": [EMAIL, PASSWORD], "button": "Sign in", "links": [("/sign-up", "Create an account")]}
    if request.method == "GET":
        return page("Sign in", **form)
    user = user_where("email", request.form["email"].strip().lower())
    if not has_password(user, request.form["password"]):
        return page("Sign in", WRONG, **form)
    if not is_on(user):
        start_session(user)
        return redirect("/")
    if token := request.cookies.get(device_cookie(user)):
        try:
            return sign_in_with(user, ask("POST", "/verify", user["id"], device_token=token))
        except Refused as refused:
            if not refused.is_about_the_code:
                raise
    # A right password alone opens nothing: this is no session, and it ends.
    session.clear()
    session.update(pending=user["id"], until=time.time() + PENDING_SECONDS)
    return redirect("/sign-in/code")


@app.route("/sign-in/code", methods=["GET", "POST"])
def code():
    user = user_where("id", session.get("pending"))
    if not user or session["until"] < time.time():
        return redirect("/sign-in")
    form = {"fields": [CODE], "button": "Verify", "remember": True, "links": [("/sign-in", "Use another account")]}
    if request.method == "GET":
        return page("Two-factor authentication", **form)
    try:
        verified = verify(user["id"], request.form["code"], remember_device="remember" in request.form)
    except Refused as refused:
        if not refused.is_about_the_code:
            raise
        return page("Two-factor authentication", refused.words, **form)
    return sign_in_with(user, verified)


# --- Turn off: our password and a code, then it is gone ---------------------------------------------------------------

@app.route("/two-factor/turn-off", methods=["GET", "POST"])
def turn_off():
    user = signed_in_user()
    if not user:
        return redirect("/sign-in")
    form = {"fields": [PASSWORD, CODE], "button": "Turn off"}
    if request.method == "GET":
        return page("Turn off two-factor authentication", **form)
    if not has_password(user, request.form["password"]):
        return page("Turn off two-factor authentication", "The password is not right.", **form)
    try:
        verify(user["id"], request.form["code"])
    except Refused as refused:
        if not refused.is_about_the_code:
            raise
        return page("Turn off two-factor authentication", refused.words, **form)
    ask("DELETE", "/two-factor", user["id"])
    end_other_sessions(user)
    return redirect("/")
