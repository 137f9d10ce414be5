# Zapnutí a vypnutí, ověřovací aplikace, záložní kódy.

turn-on-title = Zapnutí dvoufázového ověření
turn-on-lead = Budete potřebovat ověřovací aplikaci v telefonu, například Google Authenticator, Aegis nebo 2FAS. Poslouží každá aplikace na časové kódy.
turn-on-next-title = Co vás čeká
turn-on-next-scan = Aplikací naskenujete QR kód.
turn-on-next-code = Opíšete kód, který aplikace ukáže.
turn-on-next-save = { $count ->
    [10] Uložíte si deset záložních kódů pro den, kdy přijdete o telefon.
    [one] Uložíte si záložní kód pro den, kdy přijdete o telefon.
    [few] Uložíte si { $count } záložní kódy pro den, kdy přijdete o telefon.
   *[other] Uložíte si { $count } záložních kódů pro den, kdy přijdete o telefon.
}
turn-on-next-sign-out = Přihlásíte se znovu, tentokrát i s kódem. Všechna ostatní přihlášení také skončí.
turn-on-next-others-end = Všechna ostatní přihlášení skončí.
turn-on-button = Zapnout 2FA
turn-on-password-hint = Abychom věděli, že jste to vy.

set-up-title = Nastavení ověřovací aplikace
set-up-title-adding = Přidání ověřovací aplikace
set-up-scan = Naskenujte QR kód
set-up-scan-text = Otevřete ověřovací aplikaci, zvolte přidání účtu a namiřte fotoaparát sem.
set-up-qr-label = QR kód pro ověřovací aplikaci. Stejný klíč je níže i jako text.
set-up-no-qr = Tento klíč se do QR kódu nevejde. Zadejte ho do aplikace ručně.
set-up-by-hand = Nejde kód naskenovat? Zadejte klíč
set-up-issuer = Vydavatel
set-up-account = Účet
set-up-kind = Typ
set-up-kind-value = časové kódy, SHA-1, 6 číslic, 30 sekund
set-up-enter = Opište kód
set-up-enter-text = Aplikace teď u tohoto účtu ukazuje šest číslic. Mění se každou půlminutu.
set-up-enter-sign-out = Jakmile bude kód správný, dvoufázové ověření se zapne, dostanete záložní kódy a přihlásíte se znovu.
set-up-button = Nastavit
set-up-expires = Platnost tohoto QR kódu končí:
set-up-restart = Zobrazit nový QR kód
authenticator-name = Název této ověřovací aplikace
authenticator-name-hint = Například „Telefon“ nebo „Tablet“.

recovery-codes-title = Vaše záložní kódy
recovery-codes-title-turned-on = Dvoufázové ověření je zapnuté
recovery-codes-lead = { $count ->
    [10] Těchto deset záložních kódů si uschovejte. Přijdete-li o telefon, každý z nich vás jednou přihlásí místo ověřovacího kódu.
    [one] Tento záložní kód si uschovejte. Přijdete-li o telefon, jednou vás přihlásí místo ověřovacího kódu.
    [few] Tyto { $count } záložní kódy si uschovejte. Přijdete-li o telefon, každý z nich vás jednou přihlásí místo ověřovacího kódu.
   *[other] Těchto { $count } záložních kódů si uschovejte. Přijdete-li o telefon, každý z nich vás jednou přihlásí místo ověřovacího kódu.
}
recovery-codes-once = Zobrazují se jen teď, víckrát ne.
recovery-codes-where = Soubor uložte do správce hesel, nebo kódy vytiskněte a list dejte k důležitým papírům. Nenechávejte je jen v telefonu.
recovery-codes-heading = Záložní kódy
recovery-codes-download = Stáhnout záložní kódy
recovery-codes-continue = Pokračovat k přihlášení
recovery-codes-signed-out = Účet je teď všude odhlášený. Přihlaste se znovu, tentokrát i s kódem z aplikace.
recovery-codes-replaced = Dřívější záložní kódy už neplatí.
sheet-issuer = Vydavatel
sheet-account = Účet
sheet-made = Vytvořeno
sheet-foot = Každý kód vás přihlásí jednou. Použitý kód škrtněte.

turn-off-title = Vypnutí dvoufázového ověření
turn-off-lead = K přihlášení bude stačit samotné heslo. Okamžitě a natrvalo:
turn-off-authenticators = přestanou platit kódy ze všech vašich ověřovacích aplikací,
turn-off-codes = přestanou platit všechny záložní kódy,
turn-off-devices = zapomeneme všechna zapamatovaná zařízení.
turn-off-again = Až ověření znovu zapnete, začnete s novým QR kódem.
turn-off-button = Vypnout

confirm-code-hint = Šest číslic z aplikace. Můžete použít i záložní kód.

replace-codes-title = Výměna záložních kódů
replace-codes-text = { $count ->
    [10] Dostanete deset nových záložních kódů. Dřívější přestanou platit, i ty nepoužité.
    [one] Dostanete nový záložní kód. Dřívější přestane platit, i nepoužitý.
    [few] Dostanete { $count } nové záložní kódy. Dřívější přestanou platit, i ty nepoužité.
   *[other] Dostanete { $count } nových záložních kódů. Dřívější přestanou platit, i ty nepoužité.
}
replace-codes-button = Vyměnit záložní kódy
add-authenticator-title = Přidání ověřovací aplikace
add-authenticator-text = Druhá aplikace, například v tabletu, bude pro tento účet vytvářet vlastní kódy. Ta dosavadní funguje dál.
add-authenticator-button = Pokračovat
remove-authenticator-title = Odebrání „{ $name }“
remove-authenticator-text = Kódy z této aplikace přestanou okamžitě platit. Ostatní aplikace i záložní kódy fungují dál.
remove-authenticator-button = Odebrat

rename-title = Přejmenování ověřovací aplikace

authenticator-default-name = Ověřovací aplikace
turn-on-required = Tato služba vyžaduje dvoufázové ověření od všech. Chcete-li pokračovat, zapněte ho.
recovery-codes-file-once = Soubor lze stáhnout jednou.
