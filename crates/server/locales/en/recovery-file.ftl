# The downloaded text file.

file-title = Recovery codes for { $issuer }
file-account = Account: { $account }
file-made = Made: { $date }
file-once = Each code signs in once, in place of a code from your authenticator app.
file-keep = Keep this file where nobody else can read it.
file-name = recovery-codes

