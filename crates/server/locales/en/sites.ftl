# Sites behind a proxy: on the way to one.

site-going-title = Going on to { $site }
site-going-text = You are signed in. If nothing happens within a few seconds, go on yourself.
site-going-button = Continue to { $site }

site-not-allowed-title = You may not see this page of { $site }
site-not-allowed-text = You are signed in as { $email }, and this account has no access to it.
site-not-allowed-advice = Ask whoever runs { $site } for access. If you have another account, sign out in the menu and sign in with that one.

site-turn-on-title = { $site } asks for two-factor authentication
site-turn-on-text = Your account does not have it yet. It takes a few minutes and an authenticator app on your phone.
site-turn-on-advice = When it is on, open { $site } again.

site-code-title = Confirm that it is you
site-code-lead = This part of { $site } asks for a code that was given just now.

site-failed-title = { $site } could not be opened
site-failed-text = The way there was not finished in time, was begun in another browser, or the browser keeps no cookies.
site-failed-advice = Try again. If it does not help, allow cookies for { $site } and this site.
site-failed-button = Open { $site }

site-unsent-title = Your form was not sent
site-unsent-text = You were signed out of { $site } before it arrived, so nothing of it was kept.
site-unsent-first = Open { $site } in a new tab and sign in again.
site-unsent-then = Come back to this tab, go one page back, and send the form once more. Most browsers still have what you typed.
site-unsent-button = Open { $site } in a new tab
