# Co je špatně na tom, co kdo poslal; stojí u pole. Každá věta říká, co dál.

error-sign-in = E-mail nebo heslo není správné. Zkontrolujte obojí a zkuste to znovu. Pokud to stále nejde, obraťte se na správce.
error-sign-in-wait = Pro tento e-mail bylo zadáno příliš mnoho chybných hesel. Další pokus: { $time }
error-needs-set-up-link = Správce zrušil vaše dvoufázové ověření. Otevřete odkaz, který vám dal, a přihlaste se na stránce, na kterou vede. Pokud žádný nemáte, požádejte o něj.
error-set-up-link = Tento odkaz už byl použit, nebo je starší než 24 hodin. Požádejte správce o nový.

error-code-shape = Kód má šest číslic, například 123 456. Opište ten, který aplikace ukazuje teď.
error-code-wrong = Tento kód není správný. Opište ten, který aplikace ukazuje teď.
error-code-spent = Tento kód už byl použit. Počkejte, až aplikace ukáže další, a opište ten.
error-two-codes = Tyto dva kódy nejdou po sobě. Opište kód, který aplikace ukazuje teď, počkejte na další a opište i ten.
error-code-or-recovery-code = Zadejte šest číslic z aplikace nebo jeden ze záložních kódů.

error-recovery-code-typo = Takový záložní kód nevydáváme; nejspíš jde o překlep. Porovnejte ho s tím, co máte uložené. Tento pokus se nepočítá.
error-recovery-code-used = Tento záložní kód už byl použit: { $date }. Vezměte ze seznamu jiný.
error-recovery-code-wrong = Tento záložní kód není správný. Porovnejte ho s tím, co máte uložené, nebo vezměte ze seznamu jiný.

error-password-wrong = Heslo není správné. Zkuste to znovu.
error-password-missing = Zadejte heslo.
error-password-short = { $min ->
    [one] Heslo musí mít alespoň jeden znak.
    [few] Heslo musí mít alespoň { $min } znaky; toto má { NUMBER($have) }.
    [many] Heslo musí mít alespoň { $min } znaku; toto má { NUMBER($have) }.
   *[other] Heslo musí mít alespoň { $min } znaků; toto má { NUMBER($have) }.
}
error-password-long = { $max ->
    [one] Heslo je příliš dlouhé. Vejde se nejvýš jeden znak.
    [few] Heslo je příliš dlouhé. Vejdou se nejvýš { $max } znaky.
    [many] Heslo je příliš dlouhé. Vejde se nejvýš { $max } znaku.
   *[other] Heslo je příliš dlouhé. Vejde se nejvýš { $max } znaků.
}
error-password-common = Toto heslo je na seznamech uniklých hesel, která se zkoušejí jako první. Zvolte jiné; několik slov za sebou stačí.
error-password-guessable = Toto heslo se dá snadno uhodnout. Zvolte jiné; několik slov za sebou stačí.
error-password-context = Heslo obsahuje vaše jméno, váš e-mail nebo název této služby, a to se zkouší jako první. Zvolte jiné.
error-password-same = Nové heslo je stejné jako současné. Zvolte jiné.

error-email-shape = Toto není úplná e-mailová adresa. Zadejte ji ve tvaru jmeno@example.com.
error-name-empty = Zadejte jméno.
error-name-long = { $max ->
    [one] Jméno je příliš dlouhé. Vejde se nejvýš jeden znak.
    [few] Jméno je příliš dlouhé. Vejdou se nejvýš { $max } znaky.
    [many] Jméno je příliš dlouhé. Vejde se nejvýš { $max } znaku.
   *[other] Jméno je příliš dlouhé. Vejde se nejvýš { $max } znaků.
}
error-name-characters = Jméno obsahuje znak, který nelze zobrazit. Vynechte ho.
error-authenticator-name-taken = Tento název už má jiná ověřovací aplikace. Zvolte jiný.
error-authenticator-last = Toto je jediná ověřovací aplikace. Nejprve přidejte další, nebo dvoufázové ověření vypněte.
error-authenticators-many = { $max ->
    [one] Účet může mít jednu ověřovací aplikaci. Nejprve ji odeberte.
    [few] Účet může mít { $max } ověřovací aplikace. Nejprve některou odeberte.
    [many] Účet může mít { $max } ověřovací aplikace. Nejprve některou odeberte.
   *[other] Účet může mít { $max } ověřovacích aplikací. Nejprve některou odeberte.
}
error-enrolment-expired = Platnost QR kódu skončila. Začněte znovu; dostanete nový.

# Proč kód nesouhlasí při nastavování ověřovací aplikace.
explain-wrong = Tento kód k QR kódu nepatří. Opište ten, který aplikace u tohoto účtu ukazuje teď.
explain-clock-slow = { $minutes ->
    [one] Hodiny v telefonu jdou o jednu minutu pozadu. Nastavte v něm automatické datum a čas a opište kód, který potom ukáže.
    [few] Hodiny v telefonu jdou o { $minutes } minuty pozadu. Nastavte v něm automatické datum a čas a opište kód, který potom ukáže.
    [many] Hodiny v telefonu jdou o { $minutes } minuty pozadu. Nastavte v něm automatické datum a čas a opište kód, který potom ukáže.
   *[other] Hodiny v telefonu jdou o { $minutes } minut pozadu. Nastavte v něm automatické datum a čas a opište kód, který potom ukáže.
}
explain-clock-fast = { $minutes ->
    [one] Hodiny v telefonu jdou o jednu minutu napřed. Nastavte v něm automatické datum a čas a opište kód, který potom ukáže.
    [few] Hodiny v telefonu jdou o { $minutes } minuty napřed. Nastavte v něm automatické datum a čas a opište kód, který potom ukáže.
    [many] Hodiny v telefonu jdou o { $minutes } minuty napřed. Nastavte v něm automatické datum a čas a opište kód, který potom ukáže.
   *[other] Hodiny v telefonu jdou o { $minutes } minut napřed. Nastavte v něm automatické datum a čas a opište kód, který potom ukáže.
}
explain-earlier-qr = Tento kód patří k dřívějšímu QR kódu. Smažte tu položku v aplikaci a naskenujte kód, který vidíte tady.
explain-other-hash = Aplikace používá { $hash } místo SHA-1. Smažte položku a naskenujte QR kód, nebo v aplikaci zvolte SHA-1.
explain-other-digits = { $digits ->
    [one] Aplikace vytváří kódy o jedné číslici místo šesti. Smažte položku a naskenujte QR kód, nebo v aplikaci zvolte 6 číslic.
    [few] Aplikace vytváří kódy o { $digits } číslicích místo šesti. Smažte položku a naskenujte QR kód, nebo v aplikaci zvolte 6 číslic.
    [many] Aplikace vytváří kódy o { $digits } číslice místo šesti. Smažte položku a naskenujte QR kód, nebo v aplikaci zvolte 6 číslic.
   *[other] Aplikace vytváří kódy o { $digits } číslicích místo šesti. Smažte položku a naskenujte QR kód, nebo v aplikaci zvolte 6 číslic.
}
explain-other-period = { $seconds ->
    [one] Aplikace mění kód každou sekundu místo každých 30 sekund. Smažte položku a naskenujte QR kód, nebo v aplikaci zvolte 30 sekund.
    [few] Aplikace mění kód každé { $seconds } sekundy místo každých 30 sekund. Smažte položku a naskenujte QR kód, nebo v aplikaci zvolte 30 sekund.
    [many] Aplikace mění kód každé { $seconds } sekundy místo každých 30 sekund. Smažte položku a naskenujte QR kód, nebo v aplikaci zvolte 30 sekund.
   *[other] Aplikace mění kód každých { $seconds } sekund místo každých 30 sekund. Smažte položku a naskenujte QR kód, nebo v aplikaci zvolte 30 sekund.
}

# Uzamčeno tam, kde okamžik neukazuje samo pole.
error-locked-until = Chybných kódů bylo příliš mnoho. Další pokus bude možný: { $time }
error-locked-until-proven = Bylo zadáno velmi mnoho chybných kódů, takže jeden kód už nestačí. Použijte dva kódy po sobě nebo záložní kód.
error-step-up-locked-until = Chybných kódů bylo příliš mnoho. Použijte záložní kód, nebo to s kódem zkuste znovu: { $time }
error-step-up-locked-until-proven = Chybných kódů bylo velmi mnoho. Použijte tady záložní kód, nebo se odhlaste a přihlaste se dvěma kódy po sobě.
error-recovery-code-shape = Záložní kód má šestnáct písmen a číslic, například 7QK2-M9TA-4XWN-0C3D. Tento pokus se nepočítá.
error-recovery-code-replaced-set = Tento záložní kód je ze staršího seznamu, který byl vyměněn. Vezměte kód z nejnovějšího seznamu.
error-recovery-code-doubted = Tato služba byla obnovena ze starší zálohy. Tyto kódy už mohly být použity, a proto jsou vypnuté. Použijte kód z aplikace a potom si v části Můj profil vytvořte nové záložní kódy. Pokud aplikaci nemáte, obraťte se na správce.
