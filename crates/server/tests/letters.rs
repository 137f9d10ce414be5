//! Every letter in every language, from its samples: written out for a reviewer (`snapshots/`), and held to what
//! hostile names and readers of mail ask of it.

use countersign_server::l10n::Language;
use countersign_server::mail::Letter;

/// Every letter: its name with the language, and itself.
fn letters() -> Vec<(String, Letter)> {
    let of = |language: Language| {
        let named = move |(name, letter)| (format!("{name}-{}", language.code()), letter);
        Letter::samples(language).into_iter().map(named)
    };
    Language::ALL.into_iter().flat_map(of).collect()
}

#[test]
fn h2_every_letter_says_what_was_reviewed() {
    for (name, letter) in letters() {
        let whole = format!("Subject: {}\n\n{}", letter.subject(), letter.plain());
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("letter-{name}"), whole);
        });
    }
}

#[test]
fn h2_the_html_part_looks_as_it_was_reviewed_and_says_the_same_as_the_text() {
    for (name, letter) in letters() {
        if name.starts_with("two_factor_on") || name.starts_with("hostile") || name.starts_with("test") {
            insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
                insta::assert_snapshot!(format!("letter-html-{name}"), letter.html());
            });
        }
        let html = letter.html().replace("&#34;", "\"").replace("&#39;", "'").replace("&#60;", "<");
        let html = html.replace("&#62;", ">").replace("&#38;", "&");
        let (text, advice) = (&letter.text, letter.advice.clone().unwrap_or_default());
        let facts = letter.facts.iter().map(|fact| &fact.value);
        for said in facts.chain([text, &advice]) {
            assert!(html.contains(said) && letter.plain().contains(said), "{name}: {said}");
        }
    }
}

#[test]
fn a_letter_asks_nothing_of_another_host_and_tracks_nobody() {
    for (name, letter) in letters() {
        let html = letter.html();
        // What stands between tags is text, whatever it looks like.
        for tag in html.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
            let tag = tag.replace("?link=", "");
            for asks in ["src", "url(", "link", "script", "img", "@import", "background="] {
                assert!(!tag.contains(asks), "{name}: {asks} in <{tag}>");
            }
        }
        let links: Vec<&str> =
            html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(
            links.iter().all(|link| link.starts_with("https://sign-in.example.com/")),
            "{name}: {links:?}"
        );
    }
}

#[test]
fn i7_hostile_names_stay_text_on_one_line_of_a_letter() {
    for (name, letter) in letters().into_iter().filter(|(name, _)| name.starts_with("hostile")) {
        let (html, plain) = (letter.html(), letter.plain());
        assert!(
            html.contains("&#60;script&#62;") && !html.contains("<script") && !html.contains("<img"),
            "{name}"
        );
        for part in [&html, &plain] {
            assert!(
                !part.contains('\u{202e}') && !part.contains("\nBcc:") && !part.contains("\nSubject:"),
                "{name}"
            );
        }
        assert!(!letter.subject().contains(char::is_control), "{name}");
    }
}

#[test]
fn no_czech_line_of_a_letter_ends_in_a_preposition_of_one_letter() {
    for (name, letter) in letters().into_iter().filter(|(name, _)| name.ends_with("-cs")) {
        for lonely in [" a ", " i ", " k ", " o ", " s ", " u ", " v ", " z "] {
            assert!(!letter.text.contains(lonely), "{name}: a line may end in “{lonely}”");
        }
    }
    let letter = letters().into_iter().find(|(name, _)| name == "recovery_code_used-cs").expect("a sample").1;
    assert!(letter.text.contains("Zbývají 3."), "{}", letter.text);
}
