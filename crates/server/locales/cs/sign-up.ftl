# /sign-up.

sign-up-title = Vytvoření účtu
sign-up-button = Vytvořit účet
sign-up-first-administrator = Bude to první účet na tomto serveru. Získá práva správce.
sign-up-invited = Účet už na vás čeká. Zvolte si jméno a heslo.
sign-up-have-account = Už účet máte?
name-hint = Zobrazuje se v nabídce. Změnit ho můžete kdykoli.
password-hint = { $min ->
    [one] Alespoň jeden znak. Číslice ani zvláštní znaky nejsou potřeba: stačí několik nesouvisejících slov, dobře se pamatují. Nepoužívejte jméno ani e-mail.
    [few] Alespoň { $min } znaky. Číslice ani zvláštní znaky nejsou potřeba: stačí několik nesouvisejících slov, dobře se pamatují. Nepoužívejte jméno ani e-mail.
    [many] Alespoň { $min } znaku. Číslice ani zvláštní znaky nejsou potřeba: stačí několik nesouvisejících slov, dobře se pamatují. Nepoužívejte jméno ani e-mail.
   *[other] Alespoň { $min } znaků. Číslice ani zvláštní znaky nejsou potřeba: stačí několik nesouvisejících slov, dobře se pamatují. Nepoužívejte jméno ani e-mail.
}

sign-up-closed-title = Registrace je uzavřená
sign-up-closed-text = Nové účty tu zakládá správce. Požádejte ho o odkaz; zabere mu to minutu.
sign-up-link-spent-title = Tento odkaz už neplatí
sign-up-link-spent-text = Takový odkaz funguje jednou a jen po omezenou dobu. Pokud už váš účet existuje, přihlaste se. Jinak požádejte správce o nový odkaz. Pokud tuto službu teprve zprovozňujete, spusťte ji znovu; vypíše nový odkaz.
