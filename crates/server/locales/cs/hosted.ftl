# Stránky, na které posílají své uživatele aplikace: /hosted/…

hosted-back = Zpět
hosted-back-to = Zpět na { $name }
hosted-account = Váš účet
hosted-back-to-settings = Zpět na dvoufázové ověření
hosted-turn-on-next-back = Vrátíte se na { $name }.
hosted-codes-kept = Pokračujte, až budete mít kódy uložené.
hosted-continue = Pokračovat na { $name }
hosted-manage-title = Zabezpečení přihlášení

hosted-going-title = Vracíme vás na { $name }
hosted-going-text = Pokud se během pár vteřin nic nestane, pokračujte sami.

hosted-used-title = Tento odkaz už byl otevřen
hosted-used-text = Každý odkaz platí jen jednou, a to v prohlížeči, který ho otevře jako první.
hosted-over-title = Tato stránka už neplatí
hosted-over-text = Trvalo to příliš dlouho, něco se na účtu mezitím změnilo, nebo tento prohlížeč neukládá soubory cookie.
hosted-over-advice = Vraťte se tam, odkud jste přišli, a začněte tam znovu. Objeví-li se tato stránka hned zase, povolte pro tento web soubory cookie.
