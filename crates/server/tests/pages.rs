//! Every page in every language, from the samples of each view: written out for a reviewer (`snapshots/`), and held
//! to what the content policy, assistive technology and hostile names ask of it.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use countersign_server::l10n::{Language, Words};
use countersign_server::static_files;

mod every_page;
use every_page::{Shown, every_page};

/// One start tag: its name and its attributes.
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The start tags of a page. The templates quote every attribute value, so this needs no whole parser; a `<` that is
/// not the start of a tag of ours (a name that was not escaped) shows up as a tag that no page has.
fn tags(html: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    for piece in html.split('<').skip(1).filter(|piece| !piece.starts_with(['/', '!'])) {
        let mut rest = piece.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        let name = piece[..piece.len() - rest.len()].to_owned();
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start();
            if rest.starts_with('>') || rest.is_empty() {
                break;
            }
            let end = rest.find(['=', ' ', '>', '\n']).unwrap_or(rest.len());
            assert_ne!(end, 0, "an attribute without a name in <{name}: {rest}");
            let attribute = rest[..end].to_owned();
            rest = &rest[end..];
            let value = match rest.strip_prefix("=\"") {
                Some(quoted) => {
                    let (value, after) = quoted.split_once('"').expect("a value ends");
                    rest = after;
                    value.to_owned()
                }
                None => String::new(),
            };
            attributes.push((attribute, value));
        }
        tags.push(Tag { name, attributes });
    }
    tags
}

#[test]
fn every_page_looks_as_it_was_reviewed() {
    let hashes = [static_files::css_url(), static_files::js_url(), static_files::icon_url()];
    for Shown { name, mut html, .. } in every_page() {
        for (url, steady) in hashes.into_iter().zip(["/static/css", "/static/js", "/static/icon"]) {
            html = html.replace(url, steady);
        }
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, html);
        });
    }
}

#[test]
fn nothing_on_a_page_breaks_the_content_policy() {
    for Shown { name, html, .. } in every_page() {
        for tag in tags(&html) {
            for (attribute, value) in &tag.attributes {
                assert!(!attribute.starts_with("on"), "{name}: inline handler {attribute}");
                assert_ne!(attribute, "style", "{name}: inline style");
                if attribute != "xmlns" && attribute != "value" {
                    assert!(!value.contains("://"), "{name}: leads elsewhere: {value}");
                }
                if ["href", "src", "action"].contains(&attribute.as_str()) {
                    assert!(value.starts_with('/') || value.starts_with('#'), "{name}: {value}");
                    assert!(!value.starts_with("//"), "{name}: {value}");
                }
            }
            if tag.name == "script" {
                assert_eq!(tag.get("src"), Some(static_files::js_url()), "{name}: inline script");
            }
            assert_ne!(tag.name, "style", "{name}: inline style sheet");
        }
    }
}

#[test]
fn hostile_names_stay_text() {
    let known: BTreeSet<&str> =
        "html head meta title link script body a header img span bdi details summary div p br ul \
        li form button main input footer section h1 h2 h3 label ol time strong code dl dt dd svg rect path"
            .split_whitespace()
            .collect();
    let mut hostile = 0;
    for Shown { name, html, .. } in every_page() {
        for tag in tags(&html) {
            assert!(known.contains(tag.name.as_str()), "{name}: <{}>", tag.name);
        }
        assert!(!html.contains("<script>"), "{name}");
        assert!(!html.contains("<img src=x"), "{name}");
        hostile += usize::from(html.contains("&#60;script&#62;"));
    }
    assert!(hostile >= 10, "only {hostile} samples carry a hostile name");
}

#[test]
fn every_page_has_one_heading_a_language_and_ids_of_its_own() {
    for Shown { name, language, html } in every_page() {
        let tags = tags(&html);
        assert_eq!(tags.iter().filter(|tag| tag.name == "h1").count(), 1, "{name}: one h1");
        assert_eq!(tags.iter().filter(|tag| tag.name == "main").count(), 1, "{name}: one main");
        let lang = tags.iter().find(|tag| tag.name == "html").and_then(|tag| tag.get("lang"));
        assert_eq!(lang, Some(language.code()), "{name}");

        let ids: Vec<&str> = tags.iter().filter_map(|tag| tag.get("id")).collect();
        let distinct: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), distinct.len(), "{name}: an id twice in {ids:?}");
        // Ids and names of fields are ours: nothing that a person has typed is one (ASVS 3.2.3).
        let ours = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ['-', '_'].contains(&c);
        for own in ids.iter().copied().chain(tags.iter().filter_map(|tag| tag.get("name"))) {
            assert!(!own.is_empty() && own.chars().all(ours), "{name}: {own:?}");
        }
        for tag in &tags {
            for attribute in
                ["for", "aria-describedby", "aria-labelledby", "aria-controls", "data-reveal", "data-copy"]
            {
                for id in tag.get(attribute).unwrap_or_default().split_whitespace() {
                    assert!(distinct.contains(id), "{name}: {attribute}={id} points nowhere");
                }
            }
        }
        assert!(tags.iter().filter(|tag| tag.get("autofocus").is_some()).count() <= 1, "{name}: one focus");
    }
}

#[test]
fn every_field_has_a_label_and_every_form_a_method() {
    for Shown { name, html, .. } in every_page() {
        let tags = tags(&html);
        let labelled: Vec<&str> = tags.iter().filter_map(|tag| tag.get("for")).collect();
        for tag in tags.iter().filter(|tag| tag.name == "input") {
            if tag.get("type") == Some("hidden") || tag.get("hidden").is_some() {
                continue;
            }
            let id = tag.get("id").unwrap_or_else(|| panic!("{name}: an input without an id"));
            assert_eq!(labelled.iter().filter(|label| **label == id).count(), 1, "{name}: label of {id}");
            let says = |why| tag.get("aria-describedby").is_some_and(|ids| ids.contains(why));
            let wrong = tag.get("aria-invalid").is_some();
            // A locked page tells in one place why no code is looked at, whether or not one was just refused.
            let told = says("error") || says("locked");
            assert!(told || !wrong, "{name}: {id} is wrong and does not say why");
            assert!(wrong || !says("error"), "{name}: {id} has an error and is not marked");
        }
        for form in tags.iter().filter(|tag| tag.name == "form") {
            let post = form.get("method") == Some("post");
            let switch = form.get("action").is_some_and(|action| {
                ["/account/two-factor/turn-", "/hosted/7/turn-"].iter().any(|at| action.starts_with(at))
            });
            assert!(post || switch, "{name}: a form that is neither a POST nor the switch");
        }
        for button in tags.iter().filter(|tag| tag.name == "button") {
            assert!(button.get("type").is_some(), "{name}: a button that does not say what it does");
        }
    }
}

#[test]
fn passwords_are_masked_may_be_pasted_and_are_there_for_password_managers() {
    let mut seen = 0;
    for Shown { name, html, .. } in every_page() {
        for tag in tags(&html).iter().filter(|tag| tag.name == "input") {
            let about_passwords = tag.get("name").is_some_and(|field| field.contains("password"));
            if !about_passwords {
                assert_ne!(tag.get("type"), Some("password"), "{name}: no code is hidden from who types it");
                continue;
            }
            seen += 1;
            assert_eq!(tag.get("type"), Some("password"), "{name}");
            let helped = tag.get("autocomplete");
            assert!(matches!(helped, Some("current-password" | "new-password")), "{name}: {helped:?}");
            assert!(tag.get("maxlength").is_none() && tag.get("onpaste").is_none(), "{name}");
        }
        assert!(!html.contains("hint\" name=\"") && !html.contains("security question"), "{name}");
    }
    assert!(seen > 10, "the test no longer knows a password field when it sees one");
}

#[test]
fn a_refused_form_says_so_in_the_title_and_has_the_focus() {
    for Shown { name, language, html } in every_page() {
        let prefix = format!("<title>{} ", Words::of(language).error_prefix());
        let wrong = html.contains("aria-invalid") || html.contains("class=\"notice wrong\"");
        if wrong {
            assert!(html.contains(&prefix), "{name}: the title does not say that something is wrong");
            assert!(html.contains("autofocus"), "{name}: nothing has the focus");
        } else if !name.starts_with("problem") {
            assert!(!html.contains(&prefix), "{name}: the title says something is wrong");
        }
    }
}

#[test]
fn the_words_guides_rely_on_are_there() {
    let page = |name: &str| {
        let shown = every_page().into_iter().find(|shown| shown.name == name);
        shown.unwrap_or_else(|| panic!("{name}")).html
    };
    for (name, words) in [
        ("sign_in-typical-en", &[">Email</label>", ">Password</label>", ">Sign in</button>"][..]),
        (
            "code-typical-en",
            &[
                ">Authentication code</label>",
                ">Remember me on this device</label>",
                ">Verify</button>",
                ">Use a recovery code</a>",
            ],
        ),
        ("recovery_code-typical-en", &[">Recovery code</label>", ">Verify</button>"]),
        (
            "profile-off-en",
            &[
                ">My profile</a>",
                ">Enable 2-factor authentication</a>",
                ">Sign out</button>",
                "role=\"switch\" aria-checked=\"false\" aria-label=\"Two-factor authentication\"",
            ],
        ),
        (
            "profile-on-en",
            &[
                "aria-checked=\"true\"",
                ">Authenticators</h2>",
                ">Recovery codes</h2>",
                ">Remembered devices</h2>",
                ">Sessions</h2>",
                ">Recent activity</h2>",
            ],
        ),
        ("turn_on-typical-en", &[">Password</label>", ">Enable 2FA</button>"]),
        ("set_up-typical-en", &[">Authentication code</label>", ">Set up</button>"]),
        ("recovery_codes-turned_on-en", &[">Download recovery codes</button>", ">Continue to sign in</a>"]),
        ("turn_off-typical-en", &[">Password</label>", ">Authentication code</label>", ">Turn off</button>"]),
    ] {
        let html = page(name);
        for word in words {
            assert_eq!(html.matches(word).count(), 1, "{name}: {word}");
        }
    }
    assert!(!page("profile-on-en").contains("Enable 2-factor authentication"));
}

#[test]
fn the_browsers_first_language_of_ours_wins() {
    for (header, language) in [
        ("cs", Some(Language::Cs)),
        ("cs-CZ,cs;q=0.9,en;q=0.8", Some(Language::Cs)),
        ("de, en-GB;q=0.7, cs;q=0.8", Some(Language::Cs)),
        ("EN-us", Some(Language::En)),
        ("en;q=0, cs;q=0.1", Some(Language::Cs)),
        ("cs;q=0", None),
        ("en;q=0.5,cs;q=0.5", Some(Language::En)),
        ("fr, *;q=0.5", None),
        ("cs;q=nonsense", None),
        ("cs;q=7", None),
        (";;,,=q", None),
        ("", None),
    ] {
        assert_eq!(Language::from_accept_language(header), language, "{header}");
    }
}

#[test]
fn czech_counts_as_czechs_do() {
    let words = Words::of(Language::Cs);
    for (left, text) in [
        (1, "Přihlášení záložním kódem; zbývá jeden kód"),
        (2, "Přihlášení záložním kódem; zbývají 2\u{a0}kódy"),
        (4, "Přihlášení záložním kódem; zbývají 4\u{a0}kódy"),
        (5, "Přihlášení záložním kódem; zbývá 5\u{a0}kódů"),
        (0, "Přihlášení záložním kódem; zbývá 0\u{a0}kódů"),
    ] {
        assert_eq!(words.event_signed_in_recovery_code(left), text);
    }
    assert_eq!(words.moment_date(3, 10, 2026), "3.\u{a0}října 2026");
    assert_eq!(Words::of(Language::En).moment_date(3, 10, 2026), "3 October 2026");
    assert_eq!(
        Words::of(Language::En).event_signed_in_recovery_code(1),
        "Signed in with a recovery code; one code left"
    );
}

#[test]
fn no_czech_line_ends_in_a_preposition_of_one_letter() {
    let words = Words::of(Language::Cs);
    assert_eq!(words.skip_to_content(), "Přejít k\u{a0}obsahu");
    assert!(words.explain_clock_slow(2).contains("v\u{a0}telefonu jdou o\u{a0}2"));
    for shown in every_page() {
        if shown.language != Language::Cs || shown.name.contains("hostile") {
            continue;
        }
        for lonely in [" a ", " i ", " k ", " o ", " s ", " u ", " v ", " z "] {
            assert!(!shown.html.contains(lonely), "{}: a line may end in “{lonely}”", shown.name);
        }
    }
}
