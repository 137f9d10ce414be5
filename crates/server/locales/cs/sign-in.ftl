# /sign-in a jeho druhý krok.

sign-in-title = Přihlášení
sign-in-button = Přihlásit se
sign-in-no-account = Jste tu poprvé?
sign-in-create-account = Vytvořte si účet
sign-in-two-factor-is-on = Dvoufázové ověření je zapnuté. Přihlaste se znovu, tentokrát i s kódem z ověřovací aplikace.
sign-in-signed-out = Odhlášení proběhlo.
sign-in-timed-out = Toto přihlašování skončilo: trvalo příliš dlouho, bylo zadáno mnoho chybných kódů, nebo se účet mezitím změnil. Přihlaste se prosím znovu.
sign-in-session-ended = Vaše přihlášení skončilo. Přihlaste se prosím znovu.
sign-in-account-created = Účet je připravený, začněte přihlášením. Pokud jste už účet měli, zůstal i s heslem takový, jaký byl.
sign-in-to-set-up = Přihlaste se a pak můžete dvoufázové ověření znovu nastavit.
sign-in-first = Chcete-li otevřít požadovanou stránku, přihlaste se.

code-title = Dvoufázové ověření
code-lead = Otevřete ověřovací aplikaci a opište šest číslic, které u tohoto účtu ukazuje.
signing-in-as = Přihlašovaný účet
remember-device = Zapamatovat si toto zařízení
remember-hint = { $days ->
    [one] V tomto prohlížeči se vás jeden den nebudeme ptát na kód. Na sdíleném počítači volbu nezaškrtávejte.
    [few] V tomto prohlížeči se vás { $days } dny nebudeme ptát na kód. Na sdíleném počítači volbu nezaškrtávejte.
    [many] V tomto prohlížeči se vás { $days } dne nebudeme ptát na kód. Na sdíleném počítači volbu nezaškrtávejte.
   *[other] V tomto prohlížeči se vás { $days } dní nebudeme ptát na kód. Na sdíleném počítači volbu nezaškrtávejte.
}
lost-phone = Nemáte telefon po ruce?
use-recovery-code = Použít záložní kód
use-authentication-code = Použít ověřovací kód
use-other-account = Použít jiný účet
locked = Chybných kódů bylo příliš mnoho. Další pokus bude možný:
locked-way-out = Máte-li aplikaci po ruce, čekat nemusíte.
use-two-codes = Použít dva kódy po sobě

two-codes-title = Dva kódy po sobě
two-codes-lead = Dva kódy, které jdou po sobě, dokazují, že je aplikace opravdu vaše. Čekat proto nemusíte.
two-codes-step-1 = Opište kód, který aplikace ukazuje teď.
two-codes-step-2 = Počkejte, až aplikace ukáže další; trvá to nejvýš půl minuty. Opište i ten.
next-authentication-code = Následující ověřovací kód

recovery-code-title = Přihlášení záložním kódem
recovery-code = Záložní kód
recovery-code-lead = Zadejte jeden ze záložních kódů, které jste si uložili při zapnutí dvoufázového ověření. Každý platí jen jednou.
recovery-code-hint = Šestnáct písmen a číslic. Na velikosti písmen, mezerách a spojovnících nezáleží.
