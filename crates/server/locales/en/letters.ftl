# Letters by mail to the owner of an account. A title is the subject and the heading; the moment, the browser and the
# network address stand below the text.

letter-greeting = Hello { $name },
letter-account = Account
letter-when = When
letter-browser = Browser
letter-address = Network address
letter-by-administrator = By an administrator
letter-who = Who
letter-open-profile = Open My profile
letter-why = You get this letter because it is about the security of your account. It holds nothing secret, and nobody will ever ask you for a code or a password in answer to it.

letter-two-factor-on-title = Two-factor authentication turned on
letter-two-factor-on = Two-factor authentication was turned on, with the authenticator “{ $name }”. From now on signing in needs a code.
letter-two-factor-off-title = Two-factor authentication turned off
letter-two-factor-off = Two-factor authentication was turned off. From now on the password alone signs in. Authenticators, recovery codes and remembered devices are gone.
letter-two-factor-reset-title = Two-factor authentication reset by an administrator
letter-two-factor-reset = An administrator turned two-factor authentication off and signed the account out everywhere. The reason given: “{ $reason }”. From now on the password alone signs in.
letter-authenticator-added-title = Authenticator added
letter-authenticator-added = The authenticator “{ $name }” was added. From now on its codes sign in.
letter-authenticator-removed-title = Authenticator removed
letter-authenticator-removed = The authenticator “{ $name }” was removed. Its codes do not sign in any more.
letter-recovery-code-used-title = Recovery code used
letter-recovery-code-used = { $left ->
    [0] A recovery code was used in place of a code. It was the last one: make new ones in My profile.
    [one] A recovery code was used in place of a code. One is left: make new ones in My profile.
   *[other] A recovery code was used in place of a code. { $left } are left.
}
letter-recovery-codes-replaced-title = Recovery codes replaced
letter-recovery-codes-replaced = New recovery codes were made. The earlier ones do not work any more.
letter-device-remembered-title = New device remembered
letter-device-remembered = A browser was remembered as a trusted device. It is not asked for a code until its time is over or somebody forgets it in My profile.
letter-device-forgotten-title = Device forgotten
letter-device-forgotten = A remembered device was forgotten in My profile. It is asked for a code again, and sessions for which it had stood have ended.
letter-devices-forgotten-title = All devices forgotten
letter-devices-forgotten = All remembered devices were forgotten in My profile. Each is asked for a code again, and sessions for which one had stood have ended.
letter-second-factor-missing-title = Your password was used, but no code followed
letter-second-factor-missing = { $wrong ->
    [0] Somebody typed the right password, and no code. Nobody was signed in.
    [one] Somebody typed the right password, and one wrong code. Nobody was signed in.
   *[other] Somebody typed the right password, and { $wrong } wrong codes. Nobody was signed in.
}
letter-too-many-wrong-codes-title = Too many wrong codes
letter-too-many-wrong-codes = Somebody who knew the password typed too many wrong codes. For a while no code is looked at. Who has to sign in meanwhile uses a recovery code, or two codes in a row.
letter-password-changed-title = Password changed
letter-password-changed = The password was changed. Everything else that was signed in is signed out, and remembered devices are forgotten.
letter-account-disabled-title = Account disabled
letter-account-disabled = An administrator disabled the account. Nobody can sign in to it.
letter-account-enabled-title = Account enabled
letter-account-enabled = An administrator enabled the account again. Password and second factor are as they were.
letter-signed-out-title = Signed out by an administrator
letter-signed-out = An administrator signed the account out everywhere. Password and second factor are as they were.
letter-sign-up-repeated-title = Somebody tried to create an account with your email
letter-sign-up-repeated = Somebody tried to create an account with your email. You have one already, and nothing about it has changed.

letter-advice-change = If this was you, there is nothing to do. If it was not, change your password in My profile at once, and look there for authenticators, devices and sessions that you do not know. If you cannot sign in, ask whoever runs { $brand } for help.
letter-advice-password = If this was you, there is nothing to do. If it was not, somebody knows your password: change it in My profile.
letter-advice-operator = If you do not know why, ask whoever runs { $brand }.
letter-advice-sign-up = If this was you, sign in with the account that you have. If it was not, there is nothing to do.

letter-test-title = Test of mail
letter-test = This letter was sent by `countersign mail test`. Mail works.

letter-password-reset-title = A new password was chosen
letter-password-reset = A new password was chosen with a link. Everything that was signed in is signed out, and remembered devices are forgotten. Two-factor authentication is as it was.
letter-password-link-handed-out-title = An administrator made a link to choose a new password
letter-password-link-handed-out = An administrator made a link with which a new password can be chosen for this account. It works once, within a day. Two-factor authentication stays as it is.
letter-advice-mailbox = If this was you, there is nothing to do. If it was not, somebody else may be reading your mail: secure your mailbox first, then choose another password. If you cannot, ask whoever runs { $brand } for help.

letter-password-link-title = Choose a new password
letter-password-link = Somebody asked for a link to choose a new password for this account. It works once, until { $until }; a newer one takes its place. If two-factor authentication is on, it stays on.
letter-password-link-advice = If this was not you, there is nothing to do: without the link nobody can change your password.
letter-confirm-title = Confirm your email
letter-confirm = Confirm that this is your email; then you can turn two-factor authentication on. The link works once, until { $until }; a newer one takes its place.
letter-confirm-advice = If you have not asked for this, there is nothing to do.
letter-why-link = You get this letter because somebody asked for it. Do not pass its link on. Nobody will ever ask you for a code or a password in answer to it.
letter-device-copied-title = A remembered device was forgotten
letter-device-copied = Somebody signed in with the password and an old copy of what remembers one of your devices. Nobody can say which of the two is you, so the device was forgotten and is asked for a code again, and sessions for which it had stood have ended.
letter-advice-device-copied = This happens by itself where a browser was put back from a backup, or where the connection broke while signing in. If neither was so, somebody has copied your browser’s data and knows your password: change the password now.
letter-set-up-link-given-title = A link to set up two-factor authentication
letter-set-up-link-given = An administrator handed out a link with which two-factor authentication can be set up again for your account, together with the password.
