# Záznam událostí srozumitelnými slovy: co se s účtem stalo. Prohlížeč a čas stojí vedle.

event-account-created = Účet vytvořen
event-sign-up-repeated = Někdo se pokusil vytvořit účet s vaším e-mailem
event-account-disabled = Účet zablokován správcem
event-account-enabled = Účet odblokován správcem
event-name-changed = Jméno změněno
event-password-changed = Heslo změněno
event-password-reset-asked = Někdo požádal o odkaz pro nastavení nového hesla; poslali jsme ho na váš e-mail
event-password-link-handed-out = Správce vytvořil odkaz pro nastavení nového hesla
event-password-reset = Přes odkaz bylo nastaveno nové heslo; všechna přihlášení skončila
event-address-confirmed = E-mail potvrzen odkazem, který na něj přišel
event-address-vouched-for = E-mail potvrdil správce
event-wrong-password = Chybné heslo
event-verified = Druhý krok byl ověřen pro aplikaci
event-account-removed = Účet odstranila jeho aplikace
event-signed-in = Přihlášení heslem
event-signed-in-code = Přihlášení s kódem
event-signed-in-recovery-code = { $left ->
    [one] Přihlášení záložním kódem; zbývá jeden kód
    [few] Přihlášení záložním kódem; zbývají { $left } kódy
    [many] Přihlášení záložním kódem; zbývá { $left } kódu
   *[other] Přihlášení záložním kódem; zbývá { $left } kódů
}
event-signed-in-two-codes = Přihlášení dvěma kódy po sobě
event-signed-in-not-asked-off = Přihlášení heslem; na kód jsme se neptali: dvoufázové ověření bylo vypnuté
event-signed-in-not-asked-remembered = Přihlášení na zapamatovaném zařízení; na kód jsme se neptali: { $device }, zapamatováno do { $date }
event-signed-in-remembered = Přihlášení na zapamatovaném zařízení
event-signed-out = Odhlášení
event-wrong-code = Chybný kód po správném hesle
event-wrong-recovery-code = Chybný záložní kód po správném hesle
event-locked = Příliš mnoho chybných pokusů; je nutné počkat
event-two-factor-on = Dvoufázové ověření zapnuto
event-two-factor-off = Dvoufázové ověření vypnuto
event-authenticator-added = Ověřovací aplikace „{ $name }“ přidána
event-authenticator-renamed = Ověřovací aplikace přejmenována na „{ $name }“
event-authenticator-removed = Ověřovací aplikace „{ $name }“ odebrána
event-recovery-codes-replaced = Záložní kódy vyměněny
event-device-remembered = Zařízení zapamatováno
event-device-forgotten = Zařízení zapomenuto
event-devices-forgotten = { $count ->
    [one] Jedno zařízení zapomenuto
    [few] { $count } zařízení zapomenuta
    [many] { $count } zařízení zapomenuto
   *[other] { $count } zařízení zapomenuto
}
event-device-copied = Někdo měl kopii toho, podle čeho poznáváme zařízení „{ $device }“; zařízení jsme zapomněli a jeho přihlášení ukončili
event-signed-out-by-administrator = Správce ukončil všechna přihlášení
event-session-ended = Jedno přihlášení ukončeno
event-sessions-ended = { $count ->
    [one] Jedno přihlášení ukončeno
    [few] { $count } přihlášení ukončena
    [many] { $count } přihlášení ukončeno
   *[other] { $count } přihlášení ukončeno
}
event-password-accepted = Heslo bylo správné, čekalo se na kód
event-signed-in-with-recovery-code = Přihlášení záložním kódem
event-recovery-code-used = { $left ->
    [one] Použit záložní kód; zbývá jeden kód
    [few] Použit záložní kód; zbývají { $left } kódy
    [many] Použit záložní kód; zbývá { $left } kódu
   *[other] Použit záložní kód; zbývá { $left } kódů
}
event-two-factor-reset-because = Dvoufázové ověření zrušil správce: { $reason }
event-two-factor-imported = Dvoufázové ověření převzato z jiného systému
event-set-up-link-given = Správce dal odkaz k novému nastavení dvoufázového ověření
event-unlocked = Správce ukončil čekání
event-groups-changed = Správce změnil skupiny: { $groups }
event-code-given-again = Kód zadán znovu pro { $site }
event-site-entered = Přihlášení k { $site }
event-site-refused = Přístup k { $site } odmítnut
event-restored-from-backup = Služba byla obnovena ze starší zálohy; přihlášení skončila, zapamatovaná zařízení jsme zapomněli a záložní kódy vypnuli
