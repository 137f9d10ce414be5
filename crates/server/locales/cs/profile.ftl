# /account a /account/activity.

profile-title = Můj profil
profile-section = Profil
profile-language = Jazyk
profile-password-text = Dlouhé heslo, které nepoužíváte jinde, udrží ostatní venku.
profile-change-password = Změnit heslo
save-name = Uložit jméno

two-factor-section = Dvoufázové ověření
two-factor-text = K heslu se přidá kód z aplikace ve vašem telefonu. Kdo se dozví vaše heslo, ten se ještě nepřihlásí.
two-factor-is-off = Vypnuto
two-factor-is-off-text = K přihlášení stačí samotné heslo.
two-factor-is-on = Zapnuto
two-factor-on-since = Zapnutí:

authenticators-section = Ověřovací aplikace
authenticators-text = Aplikace, které pro tento účet vytvářejí kódy.
authenticator-added = Přidáno
authenticator-last-used = Naposledy použito
authenticator-never-used = K přihlášení zatím nepoužito
authenticator-only-one = Přecházíte na jiný telefon? Nejprve přidejte nový a potom odeberte starý.
add-another = Přidat další
rename = Přejmenovat
remove = Odebrat

recovery-codes-section = Záložní kódy
recovery-codes-text = Pro den, kdy přijdete o telefon. Každý kód vás přihlásí jednou.
recovery-codes-left = { $left ->
    [one] Zbývá jeden kód z { NUMBER($of) }
    [few] Zbývají { $left } kódy z { NUMBER($of) }
    [many] Zbývá { $left } kódu z { NUMBER($of) }
   *[other] Zbývá { $left } kódů z { NUMBER($of) }
}
recovery-codes-made = Vytvořeno
recovery-codes-few = Kódů zbývá málo. Vyměňte je dřív, než je budete potřebovat.
recovery-codes-doubted = Vypnuté
recovery-codes-doubted-text = Tato služba byla obnovena ze starší zálohy, a proto už nikdo neví, které z vašich záložních kódů byly použity. Jsou vypnuté. Vytvořte si hned nové.
recovery-codes-replace = Vyměnit záložní kódy

devices-section = Zapamatovaná zařízení
devices-text = Prohlížeče, ve kterých se ptáme jen na heslo.
devices-none = Žádné zařízení si nepamatujeme. Na kód se ptáme při každém přihlášení.
devices-off = Zapamatování zařízení je tu vypnuté. Na kód se ptáme při každém přihlášení.
device-since = Zapamatováno
device-until = Na kód se opět zeptáme
device-last-used = Naposledy použito
forget = Zapomenout
forget-all-devices = Zapomenout všechna zařízení

sessions-section = Aktivní přihlášení
sessions-text = Kde všude je tento účet přihlášený.
session-signed-in = Přihlášeno
session-last-seen = Naposledy aktivní
how-password-and-code = heslo a kód
how-password-and-two-codes = heslo a dva kódy po sobě
how-password-and-recovery-code = heslo a záložní kód
how-password-and-recovery-code-left = { $left ->
    [one] heslo a záložní kód; zbýval jeden
    [few] heslo a záložní kód; zbývaly { $left }
    [many] heslo a záložní kód; zbývalo { $left }
   *[other] heslo a záložní kód; zbývalo { $left }
}
how-password-on-remembered-device = heslo na zapamatovaném zařízení
how-not-asked-remembered = heslo na zapamatovaném zařízení; na kód jsme se neptali: { $device }, zapamatováno do { $date }
how-password = heslo
how-not-asked-off = heslo; na kód jsme se neptali: dvoufázové ověření bylo vypnuté
this-one = Toto zařízení
end = Ukončit
end-other-sessions = Ukončit všechna ostatní přihlášení
end-all-sessions = Ukončit všechna přihlášení
end-all-hint = Ukončení všech přihlášení odhlásí i vás na tomto zařízení.

activity-section = Nedávná aktivita
activity-text = Pokud jste něco z toho neudělali vy, změňte si heslo a ukončete všechna ostatní přihlášení.
activity-all = Veškerá aktivita
activity-title = Veškerá aktivita
activity-older = Starší
activity-newest = Zpět na nejnovější
activity-none = Zatím se nic nestalo.
activity-no-older = Nic staršího tu není.
activity-alarming = Zkontrolujte

# A browser by name, as lists and the activity show it.
browser-on = { $browser } ({ $system })
browser-unknown = Neznámý prohlížeč
