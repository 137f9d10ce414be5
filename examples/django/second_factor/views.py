"""The pages: one for the code at a sign-in, the others for turning it on and off."""

from urllib.parse import quote

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import get_user_model, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required, login_required
from django.contrib.auth.hashers import make_password
from django.shortcuts import redirect, render, resolve_url

from .countersign import Refused, ask, verify
from .lock import let_in, waiting_user


class CodeForm(forms.Form):
    code = forms.CharField(label="Authentication code", label_suffix="",
                           help_text="Six digits of your app, or a recovery code.",
                           widget=forms.TextInput({"autocomplete": "one-time-code"}))


class SignInForm(CodeForm):
    remember = forms.BooleanField(label="Remember me on this device", label_suffix="", required=False)


class ChangeForm(CodeForm):
    """The password as well: an open laptop is not enough to change anything."""

    field_order = ["password", "code"]
    password = forms.CharField(label_suffix="", strip=False,
                               widget=forms.PasswordInput({"autocomplete": "current-password"}))

    def __init__(self, user, *args):
        super().__init__(*args)
        self.user = user

    def clean_password(self):
        if not self.user.check_password(self.cleaned_data["password"]):
            raise forms.ValidationError("The password is not right.")
        return self.cleaned_data["password"]


class SetUpForm(ChangeForm):
    def __init__(self, *args):
        super().__init__(*args)
        self.fields["code"].help_text = "The six digits that the app shows now."


def page(request, title, form=None, link=None, **parts):
    parts |= {"title": title, "form": form, "link": link and (resolve_url(link[0]), link[1])}
    context = {**admin.site.each_context(request), "is_nav_sidebar_enabled": False, **parts}
    return render(request, "second_factor/page.html", context, status=422 if form and form.errors else 200)


def verified_by(form, user, request, **more):
    """The answer about the code in a form; where it is no, the form says why."""
    try:
        return verify(user.pk, form.cleaned_data["code"], request, **more)
    except Refused as refused:
        if not refused.is_about_the_code:
            raise
        form.add_error("code", refused.words)


def end_other_sessions(user, password, request):
    """Django ends the sessions of a hash that has changed: the same password with a new salt ends all but this one."""
    new = make_password(password)
    if get_user_model().objects.filter(pk=user.pk, password=user.password).update(password=new):
        user.password = new
        update_session_auth_hash(request, user)


@login_not_required
def code(request):
    user = waiting_user(request)
    if not user:
        return redirect(settings.LOGIN_URL)
    form = SignInForm(request.POST or None)
    verified = form.is_valid() and verified_by(form, user, request, remember_device=form.cleaned_data["remember"])
    if verified:
        if verified["recovery_codes_left"] <= 3:
            messages.warning(request, f"Recovery codes left: {verified['recovery_codes_left']}.")
        return redirect(let_in(request, user, verified))
    return page(request, "Type the code of your app", form=form, button="Verify",
                link=(settings.LOGIN_URL, "Use another account"))


@login_required
def state(request):
    return page(request, "Two-factor authentication", state=ask("GET", "", request.user.pk))


@login_required
def turn_on(request):
    user = request.user
    if request.method != "POST" or ask("GET", "", user.pk).get("two_factor") != "off":
        return redirect("second_factor:state")
    offer = ask("POST", "/authenticators", user.pk, request, account_name=user.get_username())
    return page(request, "Scan the QR code", form=SetUpForm(user), offer=offer, offer_id=offer["id"], button="Set up",
                action="second_factor:set_up")


@login_required
def set_up(request):
    user, offer, code = request.user, request.POST.get("offer", ""), request.POST.get("code", "")
    form = SetUpForm(user, request.POST)
    if form.is_valid():
        try:
            on = ask("POST", f"/authenticators/{quote(offer, safe='')}/confirm", user.pk, request, code=code)
        except Refused as refused:
            if not refused.is_for_the_person:
                raise
            form.add_error("code", refused.words)
        else:
            end_other_sessions(user, form.cleaned_data["password"], request)
            return page(request, "Save your recovery codes", codes=on["recovery_codes"])
    # The QR code is still good; whoever has scanned it types the next code.
    return page(request, "Type the code of your app", form=form, offer_id=offer, button="Set up",
                link=("second_factor:state", "Show a new QR code"))


@login_required
def turn_off(request):
    user = request.user
    form = ChangeForm(user, request.POST or None)
    if form.is_valid() and verified_by(form, user, request):
        ask("DELETE", "/two-factor", user.pk, request)
        end_other_sessions(user, form.cleaned_data["password"], request)
        return redirect("second_factor:state")
    return page(request, "Turn off two-factor authentication", form=form, button="Turn off")
