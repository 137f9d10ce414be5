# /sign-up.

sign-up-title = Vytvoření účtu
sign-up-button = Vytvořit účet
sign-up-first-administrator = Bude to první účet na tomto serveru. Získá práva správce.
sign-up-invited = Účet už na vás čeká. Zvolte si jméno a heslo.
sign-up-have-account = Už účet máte?
name-hint = Tak vás uvidí ostatní. Změnit ho můžete kdykoli.
password-hint = { $min ->
    [one] Alespoň jeden znak. Nic dalšího nevyžadujeme: několik slov za sebou stačí a dobře se pamatuje.
    [few] Alespoň { $min } znaky. Nic dalšího nevyžadujeme: několik slov za sebou stačí a dobře se pamatuje.
    [many] Alespoň { $min } znaku. Nic dalšího nevyžadujeme: několik slov za sebou stačí a dobře se pamatuje.
   *[other] Alespoň { $min } znaků. Nic dalšího nevyžadujeme: několik slov za sebou stačí a dobře se pamatuje.
}

sign-up-closed-title = Registrace je uzavřená
sign-up-closed-text = Nové účty tu zakládá správce. Požádejte ho o odkaz; zabere mu to minutu.
sign-up-link-spent-title = Tento odkaz už neplatí
sign-up-link-spent-text = Takový odkaz funguje jednou a jen po omezenou dobu. Pokud už váš účet existuje, přihlaste se. Jinak požádejte správce o nový odkaz.
