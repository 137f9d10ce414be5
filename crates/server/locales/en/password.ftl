# /account/password.

change-password-title = Change password
change-password-lead = All other sessions end, and remembered devices are forgotten.
current-password = Current password
new-password = New password
change-password-button = Change password
