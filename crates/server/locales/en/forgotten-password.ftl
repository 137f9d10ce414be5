# /forgotten-password and /reset-password.

forgotten-password-link = Forgotten your password?
forgotten-password-title = Forgotten password
forgotten-password-lead = Type your email. We send a message there with a link to choose a new password.
forgotten-password-button = Send a link
forgotten-password-no-mail = This service sends no mail. Ask the administrator for a link to choose a new password; it takes them a minute.
back-to-sign-in = Back to signing in

letter-sent-title = Check your inbox
letter-sent-lead = If an account has the email you typed, a message is on its way there. Its link works once, within an hour. Of several messages, the newest counts.
letter-sent-nothing-title = Nothing there after a few minutes?
letter-sent-nothing-junk = Look into the folder for junk mail.
letter-sent-nothing-typed = Check that it is the email you sign in with.
letter-sent-nothing-many = An email gets only a few messages an hour, however often somebody asks.
letter-sent-nothing-ask = Ask the administrator; they can give you a link, too.

reset-password-title = Choose a new password
reset-password-lead = You will be signed out everywhere, and remembered devices are forgotten. Two-factor authentication stays as it is: if it is on, you need a code to sign in, as before.
reset-password-button = Set new password
reset-password-done = Your new password is set. All sessions have ended and remembered devices are forgotten. Two-factor authentication is as it was. Sign in with the new password.
reset-password-link-over = A link to choose a new password works once and for a limited time, and a newer one takes its place. If you still need one, ask for another.
reset-password-ask-again = Ask for another link
