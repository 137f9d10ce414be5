# Pages that applications send their users to: /hosted/…

hosted-back = Back
hosted-back-to = Back to { $name }
hosted-account = Your account
hosted-back-to-settings = Back to two-factor authentication
hosted-turn-on-next-back = You go back to { $name }.
hosted-codes-kept = Go on once the codes are saved.
hosted-continue = Continue to { $name }
hosted-manage-title = Sign-in security

hosted-going-title = Going back to { $name }
hosted-going-text = If nothing happens within a few seconds, go on yourself.

hosted-used-title = This link was opened before
hosted-used-text = Each link works once, in the browser that opens it first.
hosted-over-title = This page is over
hosted-over-text = It took too long, something about the account changed meanwhile, or this browser keeps no cookies.
hosted-over-advice = Go back to where you came from and begin again there. If this page comes back at once, allow cookies for this site.
