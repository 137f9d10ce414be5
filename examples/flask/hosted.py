"""The same shop, which draws no QR codes and takes no codes: its users go to Countersign's own pages and come back.

Run it in the place of app.py, after the operator has said where they come back to:

    countersign application pages Pottery --return-to http://localhost:5000/two-factor/back
    flask --app hosted run
"""

import secrets

from flask import redirect, request, session, url_for

from app import (EMAIL, PASSWORD, WRONG, app, end_other_sessions, has_password, is_on, page, signed_in_user, start_session,
                 user_where)
from countersign import Refused, ask


def send(user, purpose):
    """Sends somebody to Countersign. What they were sent for stays here, and is all that counts when they come back."""
    state = secrets.token_urlsafe(16)
    session["sent"] = {"user": user["id"], "purpose": purpose, "state": state}
    link = ask("POST", "/links", user["id"], purpose=purpose, state=state, account_name=user["email"],
               return_to=url_for("back", _external=True))
    return redirect(link["url"], 303)


@app.get("/two-factor/back")
def back():
    sent = session.pop("sent", None)
    # As bytes: whatever stands in an address may be no ASCII, and then texts are not compared.
    if not sent or not secrets.compare_digest(sent["state"].encode(), request.args.get("state", "").encode()):
        return redirect("/")
    # About the user whom we sent, for what we sent them: never about whom the address may name.
    try:
        came = ask("POST", "/results", sent["user"], purpose=sent["purpose"],
                   result=request.args.get("countersign_result", ""))
    except Refused as refused:
        if not refused.is_about_the_code:
            raise
        return redirect("/")
    user = user_where("id", sent["user"])
    if came["outcome"] == "verified" and user:
        start_session(user)
    elif came["outcome"] != "unchanged" and signed_in_user():
        end_other_sessions(user)
    return redirect("/")


def changes(title, purpose):
    """A page that asks for our password, and sends its user on."""
    def view():
        user = signed_in_user()
        if not user:
            return redirect("/sign-in")
        form = {"fields": [PASSWORD], "button": "Continue"}
        if request.method == "GET":
            return page(title, **form)
        if not has_password(user, request.form["password"]):
            return page(title, "The password is not right.", **form)
        return send(user, purpose)
    return view


def sign_in():
    form = {"fields": [EMAIL, PASSWORD], "button": "Sign in", "links": [("/sign-up", "Create an account")]}
    if request.method == "GET":
        return page("Sign in", **form)
    user = user_where("email", request.form["email"].strip().lower())
    if not has_password(user, request.form["password"]):
        return page("Sign in", WRONG, **form)
    # A right password alone opens nothing where there is a second factor.
    session.clear()
    if is_on(user):
        return send(user, "verify")
    start_session(user)
    return redirect("/")


app.view_functions["turn_on"] = changes("Turn on two-factor authentication", "turn_on")
app.view_functions["turn_off"] = changes("Two-factor authentication", "manage")
app.view_functions["sign_in"] = sign_in
