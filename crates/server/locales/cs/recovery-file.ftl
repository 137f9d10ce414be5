# Stažený textový soubor.

file-title = Záložní kódy pro { $issuer }
file-account = Účet: { $account }
file-made = Vytvořeno: { $date }
file-once = Každý kód vás přihlásí jednou, místo kódu z ověřovací aplikace.
file-keep = Soubor uchovávejte tam, kde ho nikdo jiný nepřečte.
file-name = zalozni-kody

file-gone-title = Soubor už znovu stáhnout nelze
file-gone-text = Soubor už byl stažen, nebo uplynulo příliš mnoho času. Kódy najdete na stránce, ze které přicházíte: vraťte se na ni. Pokud už ji nemáte, přihlaste se a záložní kódy nahraďte.
