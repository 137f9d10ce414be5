# /sign-up.

sign-up-title = Create account
sign-up-button = Create account
sign-up-first-administrator = This will be the first account here. It becomes the administrator.
sign-up-invited = An account is waiting for you. Choose how you are called and a password.
sign-up-have-account = Already have an account?
name-hint = How others see you. You can change it at any time.
password-hint = { $min ->
    [one] At least one character. Nothing else is asked for: a few words in a row are good and easy to remember.
   *[other] At least { $min } characters. Nothing else is asked for: a few words in a row are good and easy to remember.
}

sign-up-closed-title = Sign-up is closed
sign-up-closed-text = New accounts are made by the administrator here. Ask them for a link; it takes them a minute.
sign-up-link-spent-title = This link no longer works
sign-up-link-spent-text = A link like this works once and for a limited time. If your account exists already, sign in. Otherwise ask the administrator for a new link.
