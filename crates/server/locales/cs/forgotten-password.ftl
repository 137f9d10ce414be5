# /forgotten-password a /reset-password.

forgotten-password-link = Zapomněli jste heslo?
forgotten-password-title = Zapomenuté heslo
forgotten-password-lead = Zadejte svůj e-mail. Pošleme na něj zprávu s odkazem, přes který si nastavíte nové heslo.
forgotten-password-button = Poslat odkaz
forgotten-password-no-mail = Tato služba neposílá e-maily. O odkaz pro nastavení nového hesla požádejte správce; zabere mu to minutu.
back-to-sign-in = Zpět na přihlášení

letter-sent-title = Podívejte se do pošty
letter-sent-lead = Pokud zadaný e-mail patří k nějakému účtu, je zpráva na cestě. Odkaz v ní platí hodinu a jde použít jednou. Pokud přijde zpráv víc, platí ta nejnovější.
letter-sent-nothing-title = Ani po několika minutách nic nepřišlo?
letter-sent-nothing-junk = Podívejte se do složky s nevyžádanou poštou.
letter-sent-nothing-typed = Zkontrolujte, že jde o e-mail, kterým se přihlašujete.
letter-sent-nothing-many = Na jeden e-mail posíláme za hodinu jen několik zpráv, ať o ně žádá kdokoli jakkoli často.
letter-sent-nothing-ask = Obraťte se na správce; odkaz vám může dát i on.

reset-password-title = Nastavení nového hesla
reset-password-lead = Všechna přihlášení skončí a zapamatovaná zařízení zapomeneme. Dvoufázové ověření zůstane, jak je: pokud je zapnuté, budete k přihlášení potřebovat kód jako dosud.
reset-password-button = Nastavit nové heslo
reset-password-done = Nové heslo je nastavené. Všechna přihlášení skončila a zapamatovaná zařízení jsme zapomněli. Dvoufázové ověření zůstalo, jak bylo. Přihlaste se novým heslem.
reset-password-link-over = Odkaz pro nastavení nového hesla jde použít jednou, platí omezenou dobu a novější ho nahrazuje. Pokud ho ještě potřebujete, požádejte o další.
reset-password-ask-again = Požádat o další odkaz
