# Confirming an email: /confirm-address, and the page before turning on.

address-first-lead = First confirm your email, so that a link for a forgotten password and a warning about your account surely reach you.
address-first-how = We send a message with a link to:
address-first-send = Send a link
address-first-send-again = Send another message
address-first-continue = Continue
address-first-sent = A message is on its way. Open its link, confirm there, then go on here.
address-first-nothing-title = Nothing there after a few minutes?
address-first-nothing-ask = Ask the administrator if nothing arrives or the email is wrong; they can confirm it, too.
address-first-enough = Several messages have been sent, so there is no other for now. Look for the newest one, also among junk mail. You can ask again in an hour.

confirm-address-title = Confirm your email
confirm-address-lead = The link you opened was sent to this email. If it is yours, confirm it:
confirm-address-button = Confirm email
confirm-address-not-you = If you have not asked for this, close the page. Nothing happens.
confirm-address-done = Your email is confirmed.
confirm-address-link-over = A link to confirm an email works once and for a day, and a newer one takes its place. If your email is confirmed already, all is well. If not, ask for another link while you turn on two-factor authentication.
confirm-address-go-on = Go on
