# /account and /account/activity.

profile-title = My profile
profile-section = Profile
profile-language = Language
profile-password-text = A long password of your own keeps others out.
profile-change-password = Change password
save-name = Save name

two-factor-section = Two-factor authentication
two-factor-text = With every password comes a code from an app on your phone. Somebody who learns your password still cannot sign in.
two-factor-is-off = Off
two-factor-is-off-text = Your password alone opens this account.
two-factor-is-on = On
two-factor-on-since = Turned on

authenticators-section = Authenticators
authenticators-text = Apps that make codes for this account.
authenticator-added = Added
authenticator-last-used = Last used
authenticator-never-used = Not used to sign in yet
authenticator-only-one = To move to another phone, add the new one first and then remove the old one.
add-another = Add another
rename = Rename
remove = Remove

recovery-codes-section = Recovery codes
recovery-codes-text = For the day your phone is lost. Each code signs in once.
recovery-codes-left = { $left ->
    [one] One of { NUMBER($of) } codes left
   *[other] { $left } of { NUMBER($of) } codes left
}
recovery-codes-made = Made
recovery-codes-few = Few codes are left. Replace them before you need them.
recovery-codes-doubted = Switched off
recovery-codes-doubted-text = An older backup of this service was restored, so nobody knows any more which of your recovery codes have been used. They are switched off. Make new ones now.
recovery-codes-replace = Replace recovery codes

devices-section = Remembered devices
devices-text = Browsers in which you are asked for your password alone.
devices-none = No device is remembered. Every sign-in asks for a code.
devices-off = Remembering devices is switched off here. Every sign-in asks for a code.
device-since = Remembered
device-until = Asks for a code again
device-last-used = Last used
forget = Forget
forget-all-devices = Forget all devices

sessions-section = Sessions
sessions-text = Where this account is signed in.
session-signed-in = Signed in
session-last-seen = Last seen
how-password-and-code = password and code
how-password-and-two-codes = password and two codes in a row
how-password-and-recovery-code = password and recovery code
how-password-and-recovery-code-left = { $left ->
    [one] password and recovery code; one was left
   *[other] password and recovery code; { $left } were left
}
how-password-on-remembered-device = password on a remembered device
how-not-asked-remembered = password on a remembered device; no code asked for: { $device }, remembered until { $date }
how-password = password
how-not-asked-off = password; no code asked for: two-factor authentication was off
this-one = This device
end = End
end-other-sessions = End all other sessions
end-all-sessions = End all sessions
end-all-hint = Ending all sessions signs you out here too.

activity-section = Recent activity
activity-text = If something here was not you, change your password and end all other sessions.
activity-all = All activity
activity-title = All activity
activity-older = Older
activity-newest = Back to the newest
activity-none = Nothing has happened yet.
activity-no-older = There is nothing older.
activity-alarming = Check this

# A browser by name, as lists and the activity show it.
browser-on = { $browser } on { $system }
browser-unknown = Unknown browser
