# Chybové stránky: co se stalo a co dál.

problem-home = Přejít na úvodní stránku

problem-bad-request-title = Tomu nerozumíme
problem-bad-request-text = Formulář dorazil neúplný nebo v podobě, kterou neznáme.
problem-bad-request-advice = Vraťte se, načtěte stránku znovu a formulář odešlete ještě jednou.
problem-forbidden-title = Požadavek jsme odmítli
problem-forbidden-text = Požadavek přišel z jiného webu nebo z jiné adresy, proto se nic nezměnilo.
problem-forbidden-advice = Otevřete tuto službu na samostatné kartě a udělejte to odtud.
problem-not-found-title = Tady nic není
problem-not-found-text = Tato adresa nikam nevede, nebo to, co tu bylo, už neexistuje.
problem-not-found-advice = Zkontrolujte adresu, nebo začněte na úvodní stránce.
problem-method-title = Tuto stránku nelze otevřít přímo
problem-method-text = Tato adresa patří k formuláři a sama o sobě se otevřít nedá.
problem-method-advice = Začněte na úvodní stránce.
problem-too-slow-title = Trvalo to příliš dlouho
problem-too-slow-text = Formulář nedorazil včas, proto se nic nezměnilo.
problem-too-slow-advice = Zkontrolujte připojení, vraťte se a formulář odešlete znovu.
problem-too-large-title = Je toho příliš
problem-too-large-text = Odeslaná data jsou větší než jakýkoli zdejší formulář.
problem-too-large-advice = Vraťte se a pošlete toho méně.
problem-too-many-title = Příliš mnoho pokusů
problem-too-many-text = Aby nikdo nemohl hádat, na chvíli přestáváme odpovídat.
problem-too-many-advice = O nic jste nepřišli. Počkejte a zkuste to znovu.
problem-internal-title = Chyba je na naší straně
problem-internal-text = Něco se nám nepovedlo. Vy jste nic špatně neudělali.
problem-internal-advice = Zkuste to znovu. Pokud se to zopakuje, napište správci, kdy se to stalo.
problem-unavailable-title = Hned jsme zpět
problem-unavailable-text = Služba je velmi vytížená nebo se nedostane k datům. Pro jistotu se zatím nikdo přihlásit nemůže.
problem-unavailable-advice = Chvíli počkejte a zkuste to znovu.
