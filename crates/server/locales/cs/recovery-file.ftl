# Stažený textový soubor.

file-title = Záložní kódy pro { $issuer }
file-account = Účet: { $account }
file-made = Vytvořeno: { $date }
file-once = Každý kód vás přihlásí jednou, místo kódu z ověřovací aplikace.
file-keep = Soubor uchovávejte tam, kde ho nikdo jiný nepřečte.
file-name = zalozni-kody

