# Co se právě stalo; zobrazí se jednou po přesměrování.

notice-few-codes = { $left ->
    [0] Nezbývá vám žádný záložní kód. Vyměňte je hned, než nějaký budete potřebovat.
    [one] Zbývá vám jeden záložní kód. Vyměňte je brzy, než je budete potřebovat.
    [few] Zbývají vám { $left } záložní kódy. Vyměňte je brzy, než je budete potřebovat.
    [many] Zbývá vám { $left } záložního kódu. Vyměňte je brzy, než je budete potřebovat.
   *[other] Zbývá vám { $left } záložních kódů. Vyměňte je brzy, než je budete potřebovat.
}
notice-recovery-code-used = { $left ->
    [one] Přihlásili jste se záložním kódem. Zbývá jeden. Pokud jste přišli o telefon, vypněte do čtvrt hodiny dvoufázové ověření a nastavte ho na novém; později k tomu bude potřeba další kód.
    [few] Přihlásili jste se záložním kódem. Zbývají { $left }. Pokud jste přišli o telefon, vypněte do čtvrt hodiny dvoufázové ověření a nastavte ho na novém; později k tomu bude potřeba další kód.
    [many] Přihlásili jste se záložním kódem. Zbývá { $left }. Pokud jste přišli o telefon, vypněte do čtvrt hodiny dvoufázové ověření a nastavte ho na novém; později k tomu bude potřeba další kód.
   *[other] Přihlásili jste se záložním kódem. Zbývá { $left }. Pokud jste přišli o telefon, vypněte do čtvrt hodiny dvoufázové ověření a nastavte ho na novém; později k tomu bude potřeba další kód.
}
notice-last-recovery-code-used = To byl váš poslední záložní kód. Pokud jste přišli o telefon, vypněte dvoufázové ověření hned; za čtvrt hodiny k tomu bude potřeba kód. Pokud telefon máte, záložní kódy vyměňte.
notice-name-changed = Jméno je uložené.
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
notice-codes-replaced-already = Záložní kódy už byly vyměněny; znovu jsme je neměnili. Platí ty nejnovější.
notice-codes-doubted = Tato služba byla obnovena ze starší zálohy. Vaše záložní kódy už mohly být použity, a proto jsou vypnuté. Vytvořte si nové hned, než nějaký budete potřebovat.
