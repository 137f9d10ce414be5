# Weby za proxy: cestou na některý z nich.

site-going-title = Pokračujeme na { $site }
site-going-text = Jste přihlášeni. Pokud se během pár vteřin nic nestane, pokračujte sami.
site-going-button = Pokračovat na { $site }

site-not-allowed-title = Na tuto stránku webu { $site } nemáte přístup
site-not-allowed-text = Jste přihlášeni jako { $email } a tento účet k ní přístup nemá.
site-not-allowed-advice = O přístup požádejte toho, kdo { $site } spravuje. Máte-li jiný účet, odhlaste se v nabídce a přihlaste se jím.

site-turn-on-title = { $site } vyžaduje dvoufázové ověření
site-turn-on-text = Váš účet ho zatím nemá. Stačí pár minut a ověřovací aplikace v telefonu.
site-turn-on-advice = Až ho zapnete, otevřete { $site } znovu.

site-code-title = Potvrďte, že jste to vy
site-code-lead = Tato část webu { $site } chce kód zadaný právě teď.

site-failed-title = { $site } se nepodařilo otevřít
site-failed-text = Cesta tam nebyla dokončena včas, začala v jiném prohlížeči, nebo prohlížeč neukládá cookies.
site-failed-advice = Zkuste to znovu. Pokud to nepomůže, povolte cookies pro { $site } i pro tento web.
site-failed-button = Otevřít { $site }

site-unsent-title = Formulář nebyl odeslán
site-unsent-text = Než dorazil, byli jste z webu { $site } odhlášeni, takže se z něj nic neuložilo.
site-unsent-first = Otevřete { $site } v nové kartě a přihlaste se znovu.
site-unsent-then = Vraťte se do této karty, jděte o stránku zpět a odešlete formulář ještě jednou. Většina prohlížečů si pamatuje, co jste vyplnili.
site-unsent-button = Otevřít { $site } v nové kartě
