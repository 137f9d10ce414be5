# Potvrzení e-mailu: /confirm-address a stránka před zapnutím.

address-first-lead = Nejprve potvrďte svůj e-mail, aby vás odkaz při zapomenutém hesle i upozornění k účtu určitě zastihly.
address-first-how = Zprávu s odkazem pošleme na:
address-first-send = Poslat odkaz
address-first-send-again = Poslat další zprávu
address-first-continue = Pokračovat
address-first-sent = Zpráva je na cestě. Otevřete odkaz v ní, e-mail tam potvrďte a pak pokračujte tady.
address-first-nothing-title = Ani po několika minutách nic nepřišlo?
address-first-nothing-ask = Pokud nic nedorazí nebo e-mail není správný, obraťte se na správce; potvrdit ho může i on.
address-first-enough = Poslali jsme už několik zpráv, a proto teď další nepošleme. Najděte tu nejnovější, třeba i v nevyžádané poště. O další můžete požádat za hodinu.

confirm-address-title = Potvrzení e-mailu
confirm-address-lead = Odkaz, který jste otevřeli, přišel na tento e-mail. Pokud je váš, potvrďte ho:
confirm-address-button = Potvrdit e-mail
confirm-address-not-you = Pokud jste o to nežádali, stránku zavřete. Nic se nestane.
confirm-address-done = Váš e-mail je potvrzený.
confirm-address-link-over = Odkaz pro potvrzení e-mailu jde použít jednou, platí den a novější ho nahrazuje. Pokud už je e-mail potvrzený, je vše v pořádku. Pokud ne, požádejte o další odkaz při zapínání dvoufázového ověření.
confirm-address-go-on = Pokračovat
