# /sign-up.

sign-up-title = Create account
sign-up-button = Create account
sign-up-first-administrator = This will be the first account here. It becomes the administrator.
sign-up-invited = An account is waiting for you. Choose a name and a password.
sign-up-have-account = Already have an account?
name-hint = Shown in the menu. You can change it at any time.
password-hint = { $min ->
    [one] At least one character. No digits or symbols needed: a few unrelated words are good and easy to remember. Not your name or email.
   *[other] At least { $min } characters. No digits or symbols needed: a few unrelated words are good and easy to remember. Not your name or email.
}

sign-up-closed-title = Sign-up is closed
sign-up-closed-text = New accounts are made by the administrator here. Ask them for a link; it takes them a minute.
sign-up-link-spent-title = This link no longer works
sign-up-link-spent-text = A link like this works once and for a limited time. If your account exists already, sign in. Otherwise ask the administrator for a new link. If you are setting this service up, start it again; it prints a new link.
