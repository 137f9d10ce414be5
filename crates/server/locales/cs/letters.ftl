# Dopisy e-mailem majiteli účtu. Nadpis je zároveň předmět; okamžik, prohlížeč a síťová adresa stojí pod textem.

letter-greeting = Dobrý den, { $name },
letter-account = Účet
letter-when = Kdy
letter-browser = Prohlížeč
letter-address = Síťová adresa
letter-by-administrator = Správce
letter-who = Kdo
letter-open-profile = Otevřít Můj profil
letter-why = Tento dopis dostáváte, protože se týká zabezpečení vašeho účtu. Není v něm nic tajného a nikdo po vás v odpovědi na něj nikdy nebude chtít kód ani heslo.

letter-two-factor-on-title = Dvoufázové ověření zapnuto
letter-two-factor-on = Dvoufázové ověření bylo zapnuto s ověřovací aplikací „{ $name }“. Od této chvíle je k přihlášení potřeba kód.
letter-two-factor-off-title = Dvoufázové ověření vypnuto
letter-two-factor-off = Dvoufázové ověření bylo vypnuto. Od této chvíle k přihlášení stačí heslo. Ověřovací aplikace, záložní kódy a zapamatovaná zařízení už neplatí.
letter-two-factor-reset-title = Dvoufázové ověření zrušil správce
letter-two-factor-reset = Správce vypnul dvoufázové ověření a všude účet odhlásil. Uvedený důvod: „{ $reason }“. Od této chvíle k přihlášení stačí heslo.
letter-authenticator-added-title = Přidána ověřovací aplikace
letter-authenticator-added = Byla přidána ověřovací aplikace „{ $name }“. Od této chvíle se jejími kódy lze přihlásit.
letter-authenticator-removed-title = Odebrána ověřovací aplikace
letter-authenticator-removed = Byla odebrána ověřovací aplikace „{ $name }“. Jejími kódy se už přihlásit nelze.
letter-recovery-code-used-title = Použit záložní kód
letter-recovery-code-used = { $left ->
    [0] Místo kódu byl použit záložní kód. Byl poslední: vytvořte si nové v Mém profilu.
    [one] Místo kódu byl použit záložní kód. Zbývá jeden: vytvořte si nové v Mém profilu.
    [few] Místo kódu byl použit záložní kód. Zbývají { $left }.
   *[other] Místo kódu byl použit záložní kód. Zbývá jich { $left }.
}
letter-recovery-codes-replaced-title = Záložní kódy nahrazeny
letter-recovery-codes-replaced = Byly vytvořeny nové záložní kódy. Dřívější už neplatí.
letter-device-remembered-title = Zapamatováno nové zařízení
letter-device-remembered = Prohlížeč byl zapamatován jako důvěryhodné zařízení. Na kód se ho služba nezeptá, dokud neuplyne jeho doba nebo ho někdo v Mém profilu nezapomene.
letter-device-forgotten-title = Zařízení bylo zapomenuto
letter-device-forgotten = Zapamatované zařízení bylo v Mém profilu zapomenuto. Na kód se ho služba zase zeptá a přihlášení, která na něm stála, skončila.
letter-devices-forgotten-title = Všechna zařízení byla zapomenuta
letter-devices-forgotten = Všechna zapamatovaná zařízení byla v Mém profilu zapomenuta. Na kód se jich služba zase zeptá a přihlášení, která na nich stála, skončila.
letter-second-factor-missing-title = Někdo zadal vaše heslo, ale kód nenásledoval
letter-second-factor-missing = { $wrong ->
    [0] Někdo zadal správné heslo a žádný kód. Nikdo přihlášen nebyl.
    [one] Někdo zadal správné heslo a jeden chybný kód. Nikdo přihlášen nebyl.
    [few] Někdo zadal správné heslo a { $wrong } chybné kódy. Nikdo přihlášen nebyl.
   *[other] Někdo zadal správné heslo a { $wrong } chybných kódů. Nikdo přihlášen nebyl.
}
letter-too-many-wrong-codes-title = Příliš mnoho chybných kódů
letter-too-many-wrong-codes = Někdo, kdo zná heslo, zadal příliš mnoho chybných kódů. Po nějakou dobu se žádný kód neověřuje. Kdo se potřebuje přihlásit hned, použije záložní kód nebo dva kódy po sobě.
letter-password-changed-title = Heslo změněno
letter-password-changed = Heslo bylo změněno. Vše ostatní, co bylo přihlášeno, je odhlášeno a zapamatovaná zařízení jsou zapomenuta.
letter-account-disabled-title = Účet zablokován
letter-account-disabled = Správce účet zablokoval. Nikdo se k němu nepřihlásí.
letter-account-enabled-title = Účet odblokován
letter-account-enabled = Správce účet odblokoval. Heslo i druhý faktor jsou, jak byly.
letter-signed-out-title = Odhlášeno správcem
letter-signed-out = Správce účet všude odhlásil. Heslo i druhý faktor jsou, jak byly.
letter-sign-up-repeated-title = Někdo si chtěl založit účet s vaším e-mailem
letter-sign-up-repeated = Někdo si chtěl založit účet s vaším e-mailem. Účet už máte a nic se na něm nezměnilo.

letter-advice-change = Pokud jste to byli vy, nemusíte nic dělat. Pokud ne, změňte si hned v Mém profilu heslo a podívejte se tam po ověřovacích aplikacích, zařízeních a relacích, které neznáte. Nemůžete-li se přihlásit, požádejte o pomoc provozovatele služby { $brand }.
letter-advice-password = Pokud jste to byli vy, nemusíte nic dělat. Pokud ne, někdo zná vaše heslo: změňte si ho v Mém profilu.
letter-advice-operator = Pokud nevíte proč, zeptejte se provozovatele služby { $brand }.
letter-advice-sign-up = Pokud jste to byli vy, přihlaste se účtem, který máte. Pokud ne, nemusíte nic dělat.

letter-test-title = Zkouška pošty
letter-test = Tento dopis poslal příkaz `countersign mail test`. Pošta funguje.

letter-password-reset-title = Bylo nastaveno nové heslo
letter-password-reset = Přes odkaz bylo nastaveno nové heslo. Vše, co bylo přihlášeno, je odhlášeno a zapamatovaná zařízení jsou zapomenuta. Dvoufázové ověření zůstalo, jak bylo.
letter-password-link-handed-out-title = Správce vytvořil odkaz pro nastavení nového hesla
letter-password-link-handed-out = Správce vytvořil odkaz, přes který jde k tomuto účtu nastavit nové heslo. Platí jeden den a jde použít jednou. Dvoufázové ověření zůstává, jak je.
letter-advice-mailbox = Pokud jste to byli vy, nemusíte nic dělat. Pokud ne, možná vaši poštu čte někdo jiný: nejprve zabezpečte svou schránku a potom si nastavte jiné heslo. Nemůžete-li, požádejte o pomoc provozovatele služby { $brand }.

letter-password-link-title = Nastavení nového hesla
letter-password-link = Někdo požádal o odkaz, přes který si k tomuto účtu nastavíte nové heslo. Odkaz jde použít jednou, platí do { $until } a novější ho nahrazuje. Je-li dvoufázové ověření zapnuté, zůstane zapnuté.
letter-password-link-advice = Pokud jste to nebyli vy, nemusíte nic dělat: bez odkazu vaše heslo nikdo nezmění.
letter-confirm-title = Potvrzení e-mailu
letter-confirm = Potvrďte, že je tento e-mail váš; potom můžete zapnout dvoufázové ověření. Odkaz jde použít jednou, platí do { $until } a novější ho nahrazuje.
letter-confirm-advice = Pokud jste o to nežádali, nemusíte nic dělat.
letter-why-link = Tento dopis dostáváte, protože o něj někdo požádal. Odkaz nikomu nepředávejte. Nikdo po vás v odpovědi na tento dopis nikdy nebude chtít kód ani heslo.
letter-device-copied-title = Zapamatované zařízení bylo zapomenuto
letter-device-copied = Někdo se přihlásil heslem a starou kopií toho, podle čeho poznáváme jedno z vašich zařízení. Nedá se říct, kdo z obou jste vy. Zařízení jsme proto zapomněli, na kód se zase zeptá a přihlášení, která na něm stála, skončila.
letter-advice-device-copied = Stává se to samo, když prohlížeč obnovíte ze zálohy nebo když při přihlašování vypadne spojení. Pokud se nic z toho nestalo, někdo má kopii dat vašeho prohlížeče a zná vaše heslo: hned si ho změňte.
letter-set-up-link-given-title = Odkaz k nastavení dvoufázového ověření
letter-set-up-link-given = Správce vydal odkaz, se kterým lze společně s heslem znovu nastavit dvoufázové ověření vašeho účtu.
