# Turning on and off, authenticators, recovery codes.

turn-on-title = Enable 2-factor authentication
turn-on-lead = You need an authenticator app on your phone, for example Google Authenticator, Aegis or 2FAS. Any app for time-based codes will do.
turn-on-next-title = What happens next
turn-on-next-scan = You scan a QR code with the app.
turn-on-next-code = You type the code the app shows.
turn-on-next-save = { $count ->
    [10] You save ten recovery codes for the day your phone is lost.
    [one] You save one recovery code for the day your phone is lost.
   *[other] You save { $count } recovery codes for the day your phone is lost.
}
turn-on-next-sign-out = You sign in again, now with a code. Every other session ends too.
turn-on-next-others-end = Every other session ends.
turn-on-button = Enable 2FA
turn-on-password-hint = To make sure that it is you.

set-up-title = Set up your authenticator
set-up-title-adding = Add an authenticator
set-up-scan = Scan the QR code
set-up-scan-text = Open your authenticator app, choose to add an account and point the camera here.
set-up-qr-label = QR code for your authenticator app. The same key stands below in text.
set-up-no-qr = This key does not fit into a QR code. Type it into your app by hand.
set-up-by-hand = Cannot scan? Type the key
set-up-issuer = Issuer
set-up-account = Account
set-up-kind = Kind
set-up-kind-value = time-based, SHA-1, 6 digits, 30 seconds
set-up-enter = Type the code
set-up-enter-text = Your app now shows six digits for this account. They change every half minute.
set-up-enter-sign-out = Once the code is right, two-factor authentication is on, you get your recovery codes, and you sign in again.
set-up-button = Set up
set-up-expires = This QR code expires
set-up-restart = Show a new QR code
authenticator-name = Name of this authenticator
authenticator-name-hint = For example “Phone” or “Tablet”.

recovery-codes-title = Your recovery codes
recovery-codes-title-turned-on = Two-factor authentication is on
recovery-codes-lead = { $count ->
    [10] Keep these ten recovery codes. If your phone is lost, each of them signs you in once, in place of a code.
    [one] Keep this recovery code. If your phone is lost, it signs you in once, in place of a code.
   *[other] Keep these { $count } recovery codes. If your phone is lost, each of them signs you in once, in place of a code.
}
recovery-codes-once = They are shown only this once.
recovery-codes-where = Save the file in a password manager, or print it and keep the sheet where you keep papers. Not on the phone alone.
recovery-codes-heading = Recovery codes
recovery-codes-download = Download recovery codes
recovery-codes-continue = Continue to sign in
recovery-codes-signed-out = You are signed out everywhere. Sign in again, now with a code from your app.
recovery-codes-replaced = The earlier recovery codes no longer work.
sheet-issuer = Issuer
sheet-account = Account
sheet-made = Made
sheet-foot = Each code signs in once. Cross it out when you have used it.

turn-off-title = Turn off two-factor authentication
turn-off-lead = Your password alone will open this account. At once and for good:
turn-off-authenticators = the codes of all your authenticator apps stop working,
turn-off-codes = all recovery codes stop working,
turn-off-devices = all remembered devices are forgotten.
turn-off-again = If you turn it on again, you start with a new QR code.
turn-off-button = Turn off

confirm-code-hint = Six digits from your app. A recovery code works too.

replace-codes-title = Replace recovery codes
replace-codes-text = { $count ->
    [10] You get ten new recovery codes. The earlier ones stop working, used or not.
    [one] You get one new recovery code. The earlier one stops working, used or not.
   *[other] You get { $count } new recovery codes. The earlier ones stop working, used or not.
}
replace-codes-button = Replace recovery codes
add-authenticator-title = Add an authenticator
add-authenticator-text = A second app, for example on a tablet, makes codes of its own for this account. The one you have keeps working.
add-authenticator-button = Continue
remove-authenticator-title = Remove “{ $name }”
remove-authenticator-text = Codes from this authenticator stop working at once. The others keep working, and so do your recovery codes.
remove-authenticator-button = Remove

rename-title = Rename authenticator

authenticator-default-name = Authenticator app
turn-on-required = This service asks everybody for two-factor authentication. Turn it on to go on.
recovery-codes-file-once = The file can be downloaded once.
