# Co se právě stalo; zobrazí se jednou po přesměrování.

notice-few-codes = { $left ->
    [0] Nezbývá vám žádný záložní kód. Vytvořte si nové hned, než nějaký budete potřebovat.
    [one] Zbývá vám jeden záložní kód. Vytvořte si brzy nové, než je budete potřebovat.
    [few] Zbývají vám { $left } záložní kódy. Vytvořte si brzy nové, než je budete potřebovat.
    [many] Zbývá vám { $left } záložního kódu. Vytvořte si brzy nové, než je budete potřebovat.
   *[other] Zbývá vám { $left } záložních kódů. Vytvořte si brzy nové, než je budete potřebovat.
}
notice-recovery-code-used = { $left ->
    [one] Přihlásili jste se záložním kódem. Zbývá jeden. Přišli-li jste o telefon, vypněte dvoufázové ověření a nastavte ho na novém.
    [few] Přihlásili jste se záložním kódem. Zbývají { $left }. Přišli-li jste o telefon, vypněte dvoufázové ověření a nastavte ho na novém.
    [many] Přihlásili jste se záložním kódem. Zbývá { $left }. Přišli-li jste o telefon, vypněte dvoufázové ověření a nastavte ho na novém.
   *[other] Přihlásili jste se záložním kódem. Zbývá { $left }. Přišli-li jste o telefon, vypněte dvoufázové ověření a nastavte ho na novém.
}
notice-name-changed = Jméno je uložené.
notice-language-changed = Jazyk je změněný.
notice-password-changed = Heslo je změněné. Všechna ostatní přihlášení skončila.
notice-two-factor-on = Dvoufázové ověření je zapnuté.
notice-two-factor-off = Dvoufázové ověření je vypnuté. K přihlášení stačí samotné heslo.
notice-two-factor-already-on = Dvoufázové ověření už je zapnuté.
notice-two-factor-already-off = Dvoufázové ověření už je vypnuté.
notice-authenticator-added = Ověřovací aplikace „{ $name }“ je přidaná.
notice-authenticator-renamed = Ověřovací aplikace se teď jmenuje „{ $name }“.
notice-authenticator-removed = Ověřovací aplikace „{ $name }“ je odebraná. Její kódy už neplatí.
notice-device-forgotten = Zařízení jsme zapomněli. Příště se na něm zeptáme na kód.
notice-devices-forgotten = Všechna zařízení jsme zapomněli. Příště se na každém zeptáme na kód.
notice-session-ended = Přihlášení skončilo.
notice-sessions-ended = Všechna ostatní přihlášení skončila.
notice-changed-meanwhile = U tohoto účtu se mezitím něco změnilo, a proto se nic nestalo. Potvrďte to prosím ještě jednou.
