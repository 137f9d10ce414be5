# What every page shares: the frame, the menu, the foot, the words on forms.

skip-to-content = Skip to content
error-prefix = Error:
cancel = Cancel
menu-signed-in-as = Signed in as
menu-profile = My profile
menu-turn-on = Enable 2-factor authentication
menu-sign-out = Sign out
language-label = Language
times-are-in = Times are in { $zone }
back-to-profile = Back to My profile

email = Email
password = Password
name = Name
authentication-code = Authentication code
verify = Verify
save = Save

show = Show
show-password = password
show-current-password = current password
show-new-password = new password
hide = Hide
copy = Copy
copied = Copied
print = Print
