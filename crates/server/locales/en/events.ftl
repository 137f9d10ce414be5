# The audit log in plain words: what happened to an account. The browser and the moment stand beside it.

event-account-created = Account created
event-sign-up-repeated = Somebody tried to create an account with your email
event-account-disabled = Account disabled by an administrator
event-account-enabled = Account enabled by an administrator
event-name-changed = Name changed
event-password-changed = Password changed
event-password-reset-asked = Somebody asked for a link to choose a new password; it was sent to your email
event-password-link-handed-out = An administrator made a link to choose a new password
event-password-reset = A new password was chosen with a link; signed out everywhere
event-address-confirmed = Email confirmed with a link that was sent to it
event-address-vouched-for = Email confirmed by an administrator
event-wrong-password = Wrong password
event-verified = The second step was passed for an application
event-account-removed = The account was removed by its application
event-signed-in = Signed in with the password
event-signed-in-code = Signed in with a code
event-signed-in-recovery-code = { $left ->
    [one] Signed in with a recovery code; one code left
   *[other] Signed in with a recovery code; { $left } codes left
}
event-signed-in-two-codes = Signed in with two codes in a row
event-signed-in-not-asked-off = Signed in with the password; no code asked for: two-factor authentication was off
event-signed-in-not-asked-remembered = Signed in on a remembered device; no code asked for: { $device }, remembered until { $date }
event-signed-in-remembered = Signed in on a remembered device
event-signed-out = Signed out
event-wrong-code = Wrong code after the right password
event-wrong-recovery-code = Wrong recovery code after the right password
event-locked = Too many wrong tries; a wait began
event-two-factor-on = Two-factor authentication turned on
event-two-factor-off = Two-factor authentication turned off
event-authenticator-added = Authenticator “{ $name }” added
event-authenticator-renamed = Authenticator renamed to “{ $name }”
event-authenticator-removed = Authenticator “{ $name }” removed
event-recovery-codes-replaced = Recovery codes replaced
event-device-remembered = Device remembered
event-device-forgotten = Device forgotten
event-devices-forgotten = { $count ->
    [one] One device forgotten
   *[other] { $count } devices forgotten
}
event-device-copied = Somebody had a copy of what remembers “{ $device }”; the device was forgotten, and its sessions ended
event-signed-out-by-administrator = Signed out everywhere by an administrator
event-session-ended = A session was ended
event-sessions-ended = { $count ->
    [one] One session was ended
   *[other] { $count } sessions were ended
}
event-password-accepted = Password right; a code was awaited
event-signed-in-with-recovery-code = Signed in with a recovery code
event-recovery-code-used = { $left ->
    [one] Recovery code used; one code left
   *[other] Recovery code used; { $left } codes left
}
event-two-factor-reset-because = Two-factor authentication reset by an administrator: { $reason }
event-two-factor-imported = Two-factor authentication carried over from another system
event-set-up-link-given = An administrator gave a link to set two-factor authentication up again
event-unlocked = Waits ended by an administrator
event-groups-changed = Groups changed by an administrator: { $groups }
event-code-given-again = Code given again for { $site }
event-site-entered = Signed in to { $site }
event-site-refused = Not allowed to see { $site }
event-restored-from-backup = An older backup of this service was restored; sessions ended, remembered devices were forgotten and recovery codes switched off
