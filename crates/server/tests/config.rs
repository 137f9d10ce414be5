//! The settings, as an operator meets them: in a file, in the environment, as flags, and when they are wrong.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use countersign::{
    Span,
    budget::Probability,
    group::Group,
    password::HashCost,
    site::{Condition, Demand, Rule, Rules},
    site_path::RulePath,
};
use countersign_server::{
    cli::Cli,
    config::{
        Accepts, Config, ConfigErrors, DefaultValue, Key, LogFormat, LogLevel, MailSecurity, Origin,
        RULE_KEYS, SECTIONS, SITE_KEYS, SignUp, Sources, settings,
    },
    l10n::Language,
};
use countersign_store::Place;
use std::{collections::HashSet, ffi::OsString, fs, path::PathBuf};

/// Loads a file of this text.
fn load(text: &str) -> Result<Config, ConfigErrors> {
    with_file(text, &[], &[])
}

fn with_file(
    text: &str,
    environment: &[(&str, &str)],
    flags: &[(&'static str, &str)],
) -> Result<Config, ConfigErrors> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("countersign.toml");
    fs::write(&path, text).unwrap();
    Config::load(&Sources { file: Some(path), ..said(environment, flags) })
}

fn said(environment: &[(&str, &str)], flags: &[(&'static str, &str)]) -> Sources {
    Sources {
        file: None,
        environment: environment
            .iter()
            .map(|(name, value)| (OsString::from(name), OsString::from(value)))
            .collect(),
        flags: flags.iter().map(|(key, value)| (*key, (*value).to_owned())).collect(),
    }
}

/// Each problem as `line key`, and the whole text.
fn wrong(text: &str) -> (Vec<String>, String) {
    let errors = load(text).map(|_| panic!("accepted: {text}")).unwrap_err();
    let places = errors.problems().iter().map(|problem| match &problem.origin {
        Origin::File { line, .. } => format!("{line} {}", problem.key),
        other => format!("{other} {}", problem.key),
    });
    (places.collect(), errors.to_string())
}

#[test]
fn without_any_setting_the_service_can_be_tried_out() {
    let config = Config::load(&Sources::default()).unwrap();
    assert_eq!(config.service.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.service.public_url.origin(), "http://localhost:8080");
    assert_eq!(config.service.database, Place::Sqlite(PathBuf::from("data/countersign.db")));
    assert_eq!(config.service.keyring(), PathBuf::from("data/keyring"));
    assert_eq!((config.service.sign_up, config.service.language), (SignUp::Closed, Language::En));
    assert_eq!(config.service.time_zone.iana_name(), Some("UTC"));
    assert_eq!(config.password.min_length, 15);
    assert_eq!(config.password.hash_cost, HashCost::LEAST);
    assert_eq!(config.password.hash_queue.get(), 64);
    assert_eq!((config.session.idle, config.session.most), (Span::hours(1), Span::hours(24)));
    assert_eq!((config.log.format, config.log.level), (LogFormat::Text, LogLevel::Info));
    assert_eq!(config.two_factor.issuer, "Countersign");
    assert!(config.warnings.is_empty());
    // The engine's defaults and the operator's defaults are the same.
    assert_eq!(config.policy(), countersign::policy::Policy::default());
}

#[test]
fn everything_can_be_said_in_the_file() {
    let config = load(
        r#"
        listen = "0.0.0.0:443"
        public_url = "https://Sign-In.example.com/"
        data_dir = "/var/lib/countersign"
        name = "Pekařství: Novák"
        sign_up = "open"
        language = "cs"
        time_zone = "Europe/Prague"
        trusted_proxies = ["10.0.0.0/8", "::1"]
        [two_factor]
        password_first = false
        sign_out_after = false
        remember_days = 0
        guess_probability = 0.1
        issuer = "Novák"
        [password]
        min_length = 8
        hash_memory_kib = 65_536
        hash_passes = 3
        hash_threads = 2
        hash_queue = 10
        [session]
        idle_minutes = 15
        max_hours = 8
        pending_minutes = 5
        enrolment_minutes = 20
        [log]
        format = "json"
        level = "debug"
        "#,
    )
    .unwrap();
    assert_eq!(config.service.public_url.origin(), "https://sign-in.example.com");
    assert_eq!(config.service.database, Place::Sqlite(PathBuf::from("/var/lib/countersign/countersign.db")));
    assert_eq!(config.service.name, "Pekařství: Novák");
    assert_eq!((config.service.sign_up, config.service.language), (SignUp::Open, Language::Cs));
    assert_eq!(config.service.time_zone.iana_name(), Some("Europe/Prague"));
    assert!(config.service.trusted_proxies.contains("10.1.2.3".parse().unwrap()));
    assert!(!config.two_factor.password_first && !config.two_factor.sign_out_after);
    assert_eq!(config.two_factor.remember, Span::ZERO);
    assert_eq!(Some(config.two_factor.guess_probability), Probability::new(0.1));
    assert_eq!(config.two_factor.issuer, "Novák");
    assert_eq!(config.password.min_length, 8);
    assert_eq!(Some(config.password.hash_cost), HashCost::new(65_536, 3));
    assert_eq!((config.password.hash_threads.get(), config.password.hash_queue.get()), (2, 10));
    assert_eq!((config.session.pending, config.session.enrolment), (Span::minutes(5), Span::minutes(20)));
    assert_eq!((config.log.format, config.log.level), (LogFormat::Json, LogLevel::Debug));
}

#[test]
fn a_variable_outweighs_the_file_and_a_flag_outweighs_both() {
    let file = "listen = \"127.0.0.1:1\"\ndata_dir = \"file\"\nname = \"File\"";
    let environment = [("COUNTERSIGN_LISTEN", "127.0.0.1:2"), ("COUNTERSIGN_DATA_DIR", "variable")];
    let config = with_file(file, &environment, &[("listen", "127.0.0.1:3")]).unwrap();
    assert_eq!(config.service.listen.port(), 3);
    assert_eq!(config.service.public_url.origin(), "http://localhost:3");
    assert_eq!(config.service.data_dir, PathBuf::from("variable"));
    assert_eq!(config.service.name, "File");
}

#[test]
fn every_setting_can_be_said_in_the_environment() {
    let mut environment = Vec::new();
    for setting in settings() {
        // Tables have no place in a variable.
        if matches!(setting.accepts, Accepts::Tables(_)) {
            continue;
        }
        let value = match setting.default {
            DefaultValue::Toml("[]") => "10.0.0.1, 192.0.2.0/24".to_owned(),
            DefaultValue::Toml(text) => text.trim_matches('"').to_owned(),
            DefaultValue::Derived(_) => match setting.key {
                "public_url" => "https://example.com".to_owned(),
                "database" => "sqlite:///elsewhere/x.db".to_owned(),
                "high_water_file" => "/elsewhere/high-water".to_owned(),
                "password.breached_file" => "/elsewhere/leaked.txt".to_owned(),
                "two_factor.issuer" => "Issuer".to_owned(),
                "password.hash_threads" => "7".to_owned(),
                "mail.host" => "mail.example.com".to_owned(),
                "mail.port" => "2465".to_owned(),
                "mail.user" => "portal".to_owned(),
                "mail.password" => "a secret word".to_owned(),
                "mail.from" => "Example <sign-in@example.com>".to_owned(),
                // Instead of the password; and a file that has to be there.
                "mail.password_file" | "mail.ca_file" | "metrics.token_file" | "webhooks.ca_file" => continue,
                "metrics.listen" => "127.0.0.1:9187".to_owned(),
                key => panic!("what is a value of {key}?"),
            },
        };
        environment.push((setting.variable(), value));
    }
    let environment: Vec<_> =
        environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let config = Config::load(&said(&environment, &[])).unwrap();
    assert_eq!(config.service.database, Place::Sqlite(PathBuf::from("/elsewhere/x.db")));
    assert_eq!(config.service.high_water_file, PathBuf::from("/elsewhere/high-water"));
    assert_eq!(config.password.breached_file, Some(PathBuf::from("/elsewhere/leaked.txt")));
    assert_eq!(config.two_factor.issuer, "Issuer");
    assert_eq!(config.password.hash_threads.get(), 7);
    let mail = config.mail.as_ref().unwrap();
    assert_eq!(
        (mail.host.as_str(), mail.port, mail.login.as_ref().unwrap().user.as_str()),
        ("mail.example.com", 2465, "portal")
    );
    assert_eq!(config.metrics.as_ref().unwrap().listen.port(), 9187);
    assert!(config.policy().notices);
    assert!(config.service.trusted_proxies.contains("192.0.2.200".parse().unwrap()));
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
}

#[test]
fn an_empty_variable_says_nothing_and_one_of_kubernetes_is_no_mistake() {
    let environment = [
        ("COUNTERSIGN_DATABASE", ""),
        ("COUNTERSIGN_NAME", " "),
        ("COUNTERSIGN_SERVICE_HOST", "10.96.0.1"),
        ("COUNTERSIGN_PORT_8080_TCP_ADDR", "10.96.0.1"),
        ("PATH", "/bin"),
        ("COUNTERSIGN_SESION_IDLE_MINUTES", "5"),
    ];
    let config = Config::load(&said(&environment, &[])).unwrap();
    assert_eq!(config.service.name, "Countersign");
    assert_eq!(config.warnings.len(), 1, "{:?}", config.warnings);
    assert!(
        config.warnings[0].contains("Did you mean COUNTERSIGN_SESSION_IDLE_MINUTES?"),
        "{:?}",
        config.warnings
    );
}

#[test]
fn h4_a_variable_with_a_line_end_in_its_name_stays_on_its_line_of_the_log() {
    let environment = [("COUNTERSIGN_NAME\n2026-11-25 INFO forged", "x"), ("COUNTERSIGN_NAM\u{1b}", "x")];
    let warnings = Config::load(&said(&environment, &[])).unwrap().warnings;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    for warning in warnings {
        assert!(!warning.contains(char::is_control), "{warning:?}");
    }
}

#[test]
fn the_file_may_be_named_in_the_environment_and_the_flag_outweighs_that() {
    let dir = tempfile::tempdir().unwrap();
    let (one, other) = (dir.path().join("one.toml"), dir.path().join("other.toml"));
    fs::write(&one, "name = \"One\"").unwrap();
    fs::write(&other, "name = \"Other\"").unwrap();
    let environment = [("COUNTERSIGN_CONFIG", one.to_str().unwrap())];
    assert_eq!(Config::load(&said(&environment, &[])).unwrap().service.name, "One");
    let both = Sources { file: Some(other), ..said(&environment, &[]) };
    assert_eq!(Config::load(&both).unwrap().service.name, "Other");
}

#[test]
fn every_flag_of_a_setting_is_understood_by_the_command_line() {
    for setting in settings() {
        let Some(flag) = setting.flag else { continue };
        let cli = Cli::read(["countersign", "serve", flag, "x"]).unwrap();
        assert_eq!(cli.sources([]).flags, [(setting.key, "x".to_owned())]);
    }
}

#[test]
fn all_mistakes_are_told_at_once_with_line_key_and_remedy() {
    let (places, text) = wrong(
        "listen = \"localhost\"\n\
         name = 7\n\
         colour = \"red\"\n\
         \n\
         [two_factor]\n\
         remember_day = 30\n\
         remember_days = 400\n\
         password_first = \"yes\"\n\
         [sesion]\n\
         idle_minutes = 5\n\
         [password]\n\
         hash_passes = 1\n",
    );
    let expected: HashSet<_> = [
        "1 listen",
        "2 name",
        "3 colour",
        "6 two_factor.remember_day",
        "7 two_factor.remember_days",
        "8 two_factor.password_first",
        "9 sesion",
        "12 password.hash_passes",
    ]
    .into_iter()
    .map(str::to_owned)
    .collect();
    assert_eq!(places.into_iter().collect::<HashSet<_>>(), expected, "{text}");
    for remedy in [
        "8 problems",
        "countersign.toml:1: listen: \"localhost\" is not an IP address and a port. Write \"127.0.0.1:8080\"",
        "between quotation marks",
        "Did you mean two_factor.remember_days?",
        "400 is not accepted. Give a whole number from 0 to 365",
        "Give true or false, without quotation marks",
        "docs/configuration.md lists every setting",
    ] {
        assert!(text.contains(remedy), "{remedy:?} is missing in\n{text}");
    }
}

#[test]
fn a_setting_in_the_wrong_section_is_pointed_to_the_right_one() {
    let (_, text) = wrong("remember_days = 3");
    assert!(text.contains("Did you mean two_factor.remember_days?"), "{text}");
    let (_, text) = wrong("[log]\nlisten = \"127.0.0.1:1\"");
    assert!(text.contains("Did you mean listen?"), "{text}");
    let (_, text) = wrong("two_factor = true");
    assert!(text.contains("Write [two_factor] on a line of its own"), "{text}");
}

#[test]
fn what_is_not_toml_is_told_with_its_line() {
    for (text, line) in [
        ("name = \"a\"\nname = \"b\"", 2),
        ("name = \"a\"\n\nlisten = ", 3),
        ("[two_factor\nremember_days = 3", 1),
        ("name = unquoted", 1),
    ] {
        let (places, told) = wrong(text);
        assert!(places.iter().any(|place| place.starts_with(&format!("{line} "))), "{text}\n{told}");
        assert!(told.contains("this is not TOML"), "{told}");
    }
}

#[test]
fn a_file_that_is_not_there_is_a_problem_and_not_the_defaults() {
    let sources = Sources { file: Some(PathBuf::from("/nowhere/countersign.toml")), ..Sources::default() };
    let text = Config::load(&sources).unwrap_err().to_string();
    assert!(text.contains("/nowhere/countersign.toml: the file cannot be read"), "{text}");
}

#[test]
fn away_from_this_machine_https_is_wanted() {
    let cases = [
        ("public_url = \"http://example.com\"", "plain http away from localhost"),
        ("public_url = \"http://192.168.0.2:8080\"", "plain http away from localhost"),
        ("public_url = \"https://example.com/portal\"", "a host of its own"),
        ("public_url = \"example.com\"", "Write scheme and host"),
        ("listen = \"0.0.0.0:80\"", "it is not set, and 0.0.0.0:80 can be reached from other machines"),
        ("listen = \"[::]:80\"", "http://localhost:80"),
    ];
    for (text, expected) in cases {
        let (places, told) = wrong(text);
        assert!(told.contains(expected) && places[0].ends_with("public_url"), "{text}\n{told}");
    }
    for text in [
        "listen = \"0.0.0.0:8080\"\npublic_url = \"http://localhost:8080\"",
        "listen = \"0.0.0.0:8080\"\npublic_url = \"https://example.com\"",
        "listen = \"[::1]:8080\"",
    ] {
        load(text).unwrap();
    }
}

#[test]
fn a_public_address_that_nobody_gave_follows_the_port_that_was_found() {
    let mut config = load("listen = \"127.0.0.1:0\"").unwrap();
    config.service.listening_on("127.0.0.1:40123".parse().unwrap());
    assert_eq!(config.service.public_url.origin(), "http://localhost:40123");
    let mut config = load("listen = \"127.0.0.1:0\"\npublic_url = \"https://example.com\"").unwrap();
    config.service.listening_on("127.0.0.1:40123".parse().unwrap());
    assert_eq!(config.service.public_url.origin(), "https://example.com");
}

#[test]
fn numbers_are_kept_within_what_is_safe() {
    let refused = [
        "[two_factor]\nremember_days = 366",
        "[two_factor]\nremember_days = -1",
        "[two_factor]\nremember_days = 30.5",
        "[two_factor]\nremember_days = 99999999999999999999",
        "[two_factor]\nguess_probability = 0",
        "[two_factor]\nguess_probability = 0.11",
        "[two_factor]\nguess_probability = nan",
        "[two_factor]\nguess_probability = -inf",
        "[password]\nmin_length = 7",
        "[password]\nmin_length = 65",
        "[password]\nhash_memory_kib = 19455",
        "[password]\nhash_passes = 1",
        "[password]\nhash_threads = 0",
        "[password]\nhash_queue = 0",
        "[session]\nidle_minutes = 0",
        "[session]\nmax_hours = 721",
        "[session]\nidle_minutes = 61\nmax_hours = 1",
        "[session]\npending_minutes = 0",
    ];
    for text in refused {
        let (places, told) = wrong(text);
        assert_eq!(places.len(), 1, "{told}");
    }
    for (name, value) in
        [("COUNTERSIGN_TWO_FACTOR_GUESS_PROBABILITY", "NaN"), ("COUNTERSIGN_SESSION_MAX_HOURS", "1e3")]
    {
        let told = Config::load(&said(&[(name, value)], &[])).unwrap_err().to_string();
        assert!(told.contains(&format!("environment variable {name}")), "{told}");
    }
}

#[test]
fn names_are_shown_to_people_and_issuers_to_their_apps() {
    for text in ["name = \"\"", "name = \"  \"", "name = \"a\\nb\"", "name = \"a\\u202eb\""] {
        assert_eq!(wrong(text).0, ["1 name"], "{text}");
    }
    let (places, _) = wrong(&format!("name = \"{}\"", "ř".repeat(65)));
    assert_eq!(places, ["1 name"]);
    load(&format!("name = \"{}\"", "ř".repeat(64))).unwrap();
    let (places, told) = wrong("name = \"Acme: portal\"");
    assert!(places[0].ends_with("two_factor.issuer") && told.contains("Set two_factor.issuer"), "{told}");
    assert_eq!(wrong("[two_factor]\nissuer = \"a:b\"").0, ["2 two_factor.issuer"]);
    assert_eq!(
        load("name = \"Acme: portal\"\n[two_factor]\nissuer = \"Acme\"").unwrap().two_factor.issuer,
        "Acme"
    );
}

#[test]
fn a_word_that_is_not_one_of_the_words_is_refused() {
    for text in [
        "sign_up = \"Open\"",
        "language = \"de\"",
        "time_zone = \"Mars/Olympus\"",
        "trusted_proxies = [\"proxy.example\"]",
        "trusted_proxies = \"10.0.0.1\"",
        "trusted_proxies = [\"0.0.0.0/0\"]",
        "trusted_proxies = [1]",
        "data_dir = \"\"",
        "listen = 2026-01-01",
        "[log]\nlevel = \"verbose\"",
    ] {
        assert_eq!(wrong(text).0.len(), 1, "{text}");
    }
}

#[test]
fn a_database_is_a_file_and_no_message_tells_a_password() {
    for (url, path) in [
        ("sqlite:x.db", "x.db"),
        ("sqlite:/var/x.db", "/var/x.db"),
        ("sqlite:///var/x.db", "/var/x.db"),
        ("sqlite://x.db", "x.db"),
    ] {
        let config = load(&format!("database = \"{url}\"")).unwrap();
        assert_eq!(config.service.database, Place::Sqlite(PathBuf::from(path)), "{url}");
    }
    for url in [
        "sqlite:",
        "sqlite::memory:",
        "sqlite:x?mode=ro",
        "x.db",
        "postgres://u:hunter2@h",
        "postgres://u:hunter2@h/d?sslmode=prefer",
        "postgres://u:hunter2@h/d?hunter2=1",
        "postgres://u:hunter2@h:hunter2/d",
        "postgres://u:hunt%er2@h/d?connect_timeout=hunter2",
        "postgresql:///d",
        "mysql://u:hunter2@h/d",
    ] {
        let (places, told) = wrong(&format!("database = \"{url}\""));
        assert_eq!(places, ["1 database"], "{url}");
        assert!(!told.contains("hunter2"), "{told}");
    }
    let config = load("database = \"postgresql://u:hunter2@a,b:5433/d\"").unwrap();
    assert_eq!(config.service.database.to_string(), "postgresql://a:5432,b:5433/d");
    assert_eq!(format!("{:?}", config.service.database), "postgresql://a:5432,b:5433/d");
    let (_, told) = wrong("public_url = \"https://u:hunter2@example.com\"");
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn no_two_settings_share_a_name_at_any_door() {
    let keys: Vec<_> = settings().map(|setting| setting.key.to_owned()).collect();
    let variables: Vec<_> = settings().map(|setting| setting.variable()).collect();
    for names in [keys, variables] {
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    }
    for section in SECTIONS {
        for setting in section.settings {
            let prefix = setting.key.strip_suffix(setting.short_key()).unwrap();
            assert_eq!(prefix.trim_end_matches('.'), section.name, "{} is in the wrong section", setting.key);
        }
    }
}

/// `docs/configuration.md`, as the table of settings says it.
fn document() -> String {
    let mut text = String::from(
        "# Configuration\n\n\
         <!-- Written from the table of settings by `WRITE_DOCS=1 cargo nextest run --test config`. -->\n\n\
         Countersign runs without any configuration. Every setting can be given in three ways; the later outweighs the \
         earlier:\n\n\
         1. a key in a TOML file, which is named by `--config FILE` or `COUNTERSIGN_CONFIG`;\n\
         2. an environment variable; an empty one counts as not given, and a list has commas between its entries;\n\
         3. a flag, where there is one.\n\n\
         An unknown key or a value that is not accepted stops the start. `countersign check` tells everything that is \
         wrong at once, with file, line and remedy.\n\n\
         ```toml\n\
         public_url = \"https://sign-in.example.com\"\n\
         name = \"Example\"\n\
         trusted_proxies = [\"127.0.0.1\"]\n\n\
         [two_factor]\n\
         remember_days = 14\n\
         ```\n",
    );
    for section in SECTIONS {
        let title = if section.name.is_empty() {
            "The top of the file".to_owned()
        } else {
            format!("`[{}]`", section.name)
        };
        text.push_str(&format!("\n## {title}\n\n{}\n", section.about));
        for setting in section.settings {
            let default = match setting.default {
                DefaultValue::Toml(literal) => format!("`{literal}`"),
                DefaultValue::Derived(words) => words.to_owned(),
            };
            let flag = setting.flag.map(|flag| format!(", flag `{flag}`")).unwrap_or_default();
            let variable = match setting.accepts {
                Accepts::Tables(_) => "in the file alone".to_owned(),
                _ => format!("variable `{}`", setting.variable()),
            };
            text.push_str(&format!(
                "\n### `{}`\n\n{}\n\n- default: {default}\n- accepts: {}\n- {variable}{flag}\n",
                setting.short_key(),
                setting.meaning,
                setting.accepts,
            ));
        }
        if section.name == "forward_auth" {
            text.push_str(&keys("[[forward_auth.sites]]", SITE_KEYS));
            text.push_str(&keys("[[forward_auth.sites.rules]]", RULE_KEYS));
        }
    }
    text
}

/// The keys of a table.
fn keys(table: &str, keys: &[&Key]) -> String {
    let mut text = format!("\n### `{table}`\n\n| key | accepts | default | meaning |\n|---|---|---|---|\n");
    for Key { name, default, accepts, meaning } in keys {
        text.push_str(&format!("| `{name}` | {accepts} | {default} | {meaning} |\n"));
    }
    text
}

#[test]
fn the_documentation_says_what_the_table_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
    let document = document();
    if std::env::var_os("WRITE_DOCS").is_some() {
        fs::write(path, &document).unwrap();
    }
    let written = fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == document,
        "docs/configuration.md is old: WRITE_DOCS=1 cargo nextest run --test config"
    );
}

/// A portal with these sites.
fn sites(tables: &str) -> String {
    format!("public_url = \"https://sign-in.example.com\"\ntrusted_proxies = [\"127.0.0.1\"]\n{tables}")
}

const WIKI: &str = "[[forward_auth.sites]]\nname = \"Wiki\"\nurl = \"https://wiki.example.com\"\n";
const RULE: &str = "[[forward_auth.sites.rules]]\n";

#[test]
fn a_site_asks_for_a_code_where_nobody_says_otherwise() {
    let config = load(&sites(&format!(
        "{WIKI}groups = [\"staff\"]\n{RULE}paths = [\"/public\"]\nrequire = \"open\"\n\
         {RULE}paths = [\"/admin\", \"/logs\"]\nrecent_factor = \"15m\"\ngroups = [\"admins\"]\n\
         {RULE}paths = [\"/feed\"]\nrequire = \"one_factor\"\n"
    )))
    .unwrap();
    let [staff, admins] = ["staff", "admins"].map(|name| vec![Group::parse(name).unwrap()]);
    let rule = |paths: &[&str], demand, groups: &Vec<Group>| Rule {
        paths: paths.iter().map(|path| RulePath::parse(path).unwrap()).collect(),
        condition: Condition { demand, groups: groups.clone() },
    };
    let expected = Rules::new(
        vec![
            rule(&["/public"], Demand::Open, &staff),
            rule(&["/admin", "/logs"], Demand::RecentFactor(Span::minutes(15)), &admins),
            rule(&["/feed"], Demand::OneFactor, &staff),
        ],
        Condition { demand: Demand::TwoFactor, groups: staff.clone() },
    );
    let site = config.forward_auth.site_at("https://wiki.example.com").unwrap();
    assert_eq!((site.name.as_str(), &site.rules), ("Wiki", &expected));
    assert!(config.forward_auth.site_on("wiki.example.com").is_some());
    assert!(config.forward_auth.site_at("http://wiki.example.com").is_none());
    assert!(load("").unwrap().forward_auth.sites.is_empty());
}

#[test]
fn a_mistake_in_a_site_is_told_with_its_line() {
    let at = "forward_auth.sites";
    for (tables, line, key, says) in [
        ("[[forward_auth.sites]]\nurl = \"https://a.example\"\n".to_owned(), 3, "name", "it is not given"),
        ("[[forward_auth.sites]]\nname = \"A\"\n".to_owned(), 3, "url", "it is not given"),
        (WIKI.replace("https:", "http:"), 5, "url", "plain http away from localhost"),
        (WIKI.replace(".com", ".com/wiki"), 5, "url", "paths have rules"),
        (WIKI.replace("wiki.example", "sign-in.example"), 5, "url", "is the host of this service"),
        (format!("{WIKI}{}", WIKI.replace(".com", ".com:8443")), 8, "url", "has a site already"),
        (format!("{WIKI}require = \"two-factor\"\n"), 6, "require", "\"two_factor\""),
        (format!("{WIKI}recent_factor = \"15\"\n"), 6, "recent_factor", "is no such time"),
        (format!("{WIKI}recent_factor = \"25h\"\n"), 6, "recent_factor", "is no such time"),
        (format!("{WIKI}recent_factor = 15\n"), 6, "recent_factor", "between quotation marks"),
        (format!("{WIKI}require = \"open\"\nrecent_factor = \"1h\"\n"), 7, "recent_factor", "one of the two"),
        (format!("{WIKI}groups = [\"Staff\"]\n"), 6, "groups", "a-z"),
        (format!("{WIKI}groups = []\n"), 6, "groups", "the list is empty"),
        (format!("{WIKI}require = \"open\"\ngroups = [\"staff\"]\n"), 7, "groups", "open to everybody"),
        (
            format!("{WIKI}{RULE}paths = [\"/a\"]\nrequire = \"open\"\n{RULE}paths = [\"/b\", \"/a/b/\"]\n"),
            10,
            "rules.paths",
            "\"/a/b\" is covered by an earlier rule",
        ),
        (format!("{WIKI}rules = true\n"), 6, "rules", "tables"),
        (format!("{WIKI}{RULE}require = \"open\"\n"), 6, "rules.paths", "it is not given"),
        (format!("{WIKI}{RULE}paths = [\"/api/*\"]\n"), 7, "rules.paths", "no wildcard"),
        (format!("{WIKI}{RULE}paths = [\"admin\"]\n"), 7, "rules.paths", "does not begin with /"),
        (
            format!("{WIKI}{RULE}paths = [\"/a\"]\nrequire = \"open\"\ngroups = [\"staff\"]\n"),
            9,
            "rules.groups",
            "open to everybody",
        ),
    ] {
        let (places, told) = wrong(&sites(&tables));
        assert_eq!(places, [format!("{line} {at}.{key}")], "{tables}\n{told}");
        assert!(told.contains(says), "{told}");
    }
    for (tables, says) in [
        (format!("{WIKI}reqiure = \"open\"\n"), "Did you mean require?"),
        (format!("{WIKI}{RULE}paths = [\"/a\"]\npath = \"/b\"\n"), "Did you mean paths?"),
        (format!("{WIKI}colour = \"red\"\n"), "It has name, url"),
        ("[forward_auth]\nsites = true\n".to_owned(), "tables `[[forward_auth.sites]]`"),
        ("[forward_auth]\nsites = [1]\n".to_owned(), "tables `[[forward_auth.sites]]`"),
    ] {
        let (places, told) = wrong(&sites(&tables));
        assert!(places.len() == 1 && told.contains(says), "{told}");
    }
    let (_, told) = wrong(&sites(WIKI).replace("trusted_proxies = [\"127.0.0.1\"]\n", ""));
    assert!(told.contains("Set trusted_proxies"), "{told}");
    let variable = said(&[("COUNTERSIGN_FORWARD_AUTH_SITES", "wiki")], &[]);
    let told = Config::load(&variable).unwrap_err().to_string();
    assert!(told.contains("has no place in a variable"), "{told}");
}

/// The whole of `[mail]`, with more lines.
fn mail(more: &str) -> String {
    format!("[mail]\nhost = \"mail.example.com\"\nfrom = \"a@example.com\"\n{more}\n")
}

#[test]
fn mail_goes_by_tls_unless_somebody_answers_for_less() {
    let of = |more: &str| load(&mail(more)).unwrap().mail.unwrap();
    assert_eq!((of("").security, of("").port), (MailSecurity::Tls, 465));
    assert_eq!((of("security = \"starttls\"").port, of("port = 25").port), (587, 25));
    assert_eq!(of("security = \"unprotected\"").port, 25);
    for host in ["localhost", "127.0.0.1", "::1"] {
        load(&format!("[mail]\nhost = \"{host}\"\nfrom = \"a@example.com\"\nsecurity = \"none\"")).unwrap();
    }
    for (more, key, says) in [
        ("security = \"none\"", "4 mail.security", "is not this machine"),
        ("security = \"unprotected\"\nuser = \"u\"\npassword = \"p\"", "4 mail.security", "over the network"),
        ("user = \"u\"", "default mail.password", "mail.user is"),
        ("password = \"p\"", "default mail.user", "a password is"),
        ("user = \"u\"\npassword_file = \"/nowhere\"", "5 mail.password_file", "cannot be read"),
        ("ca_file = \"/nowhere\"", "4 mail.ca_file", "cannot be read"),
        ("port = 0", "4 mail.port", "from 1 to 65535"),
        ("security = \"ssl\"", "4 mail.security", "\"starttls\""),
    ] {
        let (places, told) = wrong(&mail(more));
        assert!(places.len() == 1 && told.contains(says), "{key}: {places:?} {told}");
        assert_eq!(places[0].rsplit(' ').next(), key.rsplit(' ').next(), "{told}");
    }
    let (places, told) = wrong("[mail]\nfrom = \"a@example.com\"");
    assert!(places[0].ends_with("mail.host") && told.contains("Name the mail server"), "{told}");
    let (places, _) = wrong("[mail]\nhost = \"mail.example.com\"");
    assert!(places[0].ends_with("mail.from"), "{places:?}");
    for from in ["nobody", "a@b@c", "x <a@example.com", "a@example.com\\nBcc: b@example.com"] {
        wrong(&format!("[mail]\nhost = \"localhost\"\nfrom = \"{from}\""));
    }
    for host in ["mail.example.com:25", "a b", "https://mail.example.com", "ř.example"] {
        assert_eq!(
            wrong(&format!("[mail]\nhost = \"{host}\"\nfrom = \"a@example.com\"")).0[0],
            "2 mail.host"
        );
    }
}

#[test]
fn the_password_of_the_mail_server_is_repeated_nowhere() {
    let dir = tempfile::tempdir().unwrap();
    let kept = dir.path().join("password");
    fs::write(&kept, "hunter2 from a file\nanother line\n").unwrap();
    let from_file = format!("user = \"u\"\npassword_file = \"{}\"", kept.display());
    let config = load(&mail(&from_file)).unwrap();
    assert_eq!(
        config.mail.as_ref().unwrap().login.as_ref().unwrap().password.as_str(),
        "hunter2 from a file"
    );
    assert!(!format!("{config:?}").contains("hunter2"));
    for more in [
        "user = \"u\"\npassword = \"hunter2\"\nport = 0".to_owned(),
        "user = \"u\"\npassword = 0xhunter2".to_owned(),
        "user = \"u\"\npassword = [\"hunter2\"]".to_owned(),
        "user = \"u\"\npassword = \"hunter2\\n\"".to_owned(),
        "password = \"hunter2\"".to_owned(),
        format!("{from_file}\npassword = \"hunter2\""),
    ] {
        assert!(!wrong(&mail(&more)).1.contains("hunter2"), "{more}");
    }
    assert!(!wrong(&mail("user = \"u\"\npassword = 20262026")).1.contains("20262026"));
}

#[test]
fn the_example_of_the_documentation_is_accepted() {
    let document = document();
    let example = document.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(load(example).unwrap().two_factor.remember, Span::days(14));
}

#[test]
fn metrics_are_served_to_this_machine_or_to_whoever_has_the_token() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("token");
    fs::write(&file, "hunter2-hunter2-hunter2\n").unwrap();
    let token_file = format!("token_file = \"{}\"", file.display());
    let metrics = |settings: &str| load(&format!("[metrics]\n{settings}")).unwrap().metrics;
    assert!(metrics("").is_none() && metrics("listen = \"\"").is_none());
    for listen in ["127.0.0.1:9187", "[::1]:9187", "127.0.0.1:0"] {
        let metrics = metrics(&format!("listen = \"{listen}\"")).unwrap();
        assert!(metrics.listen.to_string() == listen && metrics.token.is_none());
    }
    let config = load(&format!("[metrics]\nlisten = \"0.0.0.0:9187\"\n{token_file}")).unwrap();
    let token = config.metrics.as_ref().and_then(|metrics| metrics.token.as_ref()).unwrap();
    assert!(token.admits("hunter2-hunter2-hunter2"));
    assert!(!token.admits("hunter2-hunter2-hunter3") && !token.admits(""));
    assert!(!format!("{config:?}").contains("hunter2"));

    for (settings, key, says) in [
        ("listen = \"0.0.0.0:9187\"", "2 metrics.listen", "can be reached from other machines"),
        ("listen = \"127.0.0.1:8080\"", "2 metrics.listen", "where people come in"),
        ("listen = \"[::ffff:127.0.0.1]:8080\"", "2 metrics.listen", "where people come in"),
        ("listen = \"9187\"", "2 metrics.listen", "not an IP address and a port"),
        (&token_file, "default metrics.listen", "a token is"),
        ("listen = \"0.0.0.0:1\"\ntoken_file = \"/nowhere\"", "3 metrics.token_file", "cannot be read"),
    ] {
        let (places, told) = wrong(&format!("[metrics]\n{settings}"));
        assert!(places == [key] && told.contains(says), "{settings}: {places:?} {told}");
    }
    for short in ["hunter2", "hunter2 hunter2 hunter2", ""] {
        fs::write(&file, short).unwrap();
        let (places, told) = wrong(&format!("[metrics]\nlisten = \"127.0.0.1:1\"\n{token_file}"));
        assert!(places == ["3 metrics.token_file"] && !told.contains("hunter2"), "{places:?} {told}");
    }
}

#[test]
fn i11_a_network_is_named_for_webhooks_and_everybody_is_none() {
    let config = load("[webhooks]\nallow_networks = [\"127.0.0.1\", \"fd00::/8\"]").unwrap();
    for (address, allowed) in [("127.0.0.1", true), ("127.0.0.2", false), ("fd12::1", true), ("::1", false)] {
        assert_eq!(config.webhooks.allows(address.parse().unwrap()), allowed, "{address}");
    }
    assert!(!load("").unwrap().webhooks.allows("127.0.0.1".parse().unwrap()));
    for (text, why) in [
        ("0.0.0.0/0", "is every address"),
        ("::/0", "is every address"),
        ("shop.example", "is no address and no network"),
        ("10.0.0.0/33", "is no address and no network"),
    ] {
        let (_, wrong) = wrong(&format!("[webhooks]\nallow_networks = [{text:?}]"));
        assert!(wrong.contains(why), "{wrong}");
    }
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("ca.pem");
    fs::write(&file, "no certificate").unwrap();
    for (path, why) in [(file, "holds no certificate"), (directory.path().join("none"), "cannot be read")] {
        let (_, wrong) = wrong(&format!("[webhooks]\nca_file = {path:?}"));
        assert!(wrong.contains(why), "{wrong}");
    }
}
