# The downloaded text file.

file-title = Recovery codes for { $issuer }
file-account = Account: { $account }
file-made = Made: { $date }
file-once = Each code signs in once, in place of a code from your authenticator app.
file-keep = Keep this file where nobody else can read it.
file-name = recovery-codes

file-gone-title = The file cannot be downloaded again
file-gone-text = This file was already downloaded, or too much time has passed. The codes stand on the page that you came from: go back to it. If it is gone, sign in and replace the recovery codes.
