# Co mají všechny stránky společné: rám, nabídka, patička, slova ve formulářích.

skip-to-content = Přejít k obsahu
error-prefix = Chyba:
cancel = Zrušit
menu-signed-in-as = Přihlášený účet
menu-profile = Můj profil
menu-turn-on = Zapnout dvoufázové ověření
menu-sign-out = Odhlásit se
language-label = Jazyk
times-are-in = Časy jsou v pásmu { $zone }
back-to-profile = Zpět na Můj profil

email = E-mail
password = Heslo
name = Jméno
authentication-code = Ověřovací kód
verify = Ověřit
save = Uložit

show = Zobrazit
show-password = heslo
show-current-password = současné heslo
show-new-password = nové heslo
hide = Skrýt
copy = Kopírovat
copied = Zkopírováno
print = Vytisknout
