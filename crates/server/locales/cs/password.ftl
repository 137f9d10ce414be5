# /account/password.

change-password-title = Změna hesla
change-password-lead = Všechna ostatní přihlášení skončí a zapamatovaná zařízení zapomeneme.
current-password = Současné heslo
new-password = Nové heslo
change-password-button = Změnit heslo
