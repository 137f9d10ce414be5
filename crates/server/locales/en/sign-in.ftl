# /sign-in and its second steps.

sign-in-title = Sign in
sign-in-button = Sign in
sign-in-no-account = New here?
sign-in-create-account = Create an account
sign-in-two-factor-is-on = Two-factor authentication is on. Sign in again, now with a code from your authenticator app.
sign-in-signed-out = You are signed out.
sign-in-timed-out = This sign-in is over: it took too long, there were too many wrong codes, or the account has changed. Please sign in again.
sign-in-session-ended = Your session has ended. Please sign in again.
sign-in-account-created = Your account is ready: sign in to start. If you had one already, it is as it was, and so is its password.
sign-in-to-set-up = Sign in, and you can set up two-factor authentication again.
sign-in-first = Sign in to see that page.

code-title = Two-factor authentication
code-lead = Open your authenticator app and type the six digits it shows for this account.
signing-in-as = Signing in as
remember-device = Remember me on this device
remember-hint = { $days ->
    [one] You will not be asked for a code in this browser for one day. Do not tick this on a shared computer.
   *[other] You will not be asked for a code in this browser for { $days } days. Do not tick this on a shared computer.
}
lost-phone = No phone at hand?
use-recovery-code = Use a recovery code
use-authentication-code = Use an authentication code
use-other-account = Use another account
locked = Too many wrong codes. Next try:
locked-way-out = If your app is at hand, you need not wait.
use-two-codes = Use two codes in a row

two-codes-title = Two codes in a row
two-codes-lead = Two codes that follow each other show that the app is really yours, so you need not wait.
two-codes-step-1 = Type the code your app shows now.
two-codes-step-2 = Wait until the app shows the next one; that takes at most half a minute. Type it too.
next-authentication-code = Next authentication code

recovery-code-title = Use a recovery code
recovery-code = Recovery code
recovery-code-lead = Type one of the recovery codes you saved when you turned two-factor authentication on. Each of them works once.
recovery-code-hint = Sixteen letters and digits. Capitals, spaces and hyphens do not matter.
