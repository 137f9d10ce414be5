//! The settings: read without a fall, refused in words that keep secrets, and accepted only within their rules.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use countersign_server::config::{Config, Origin, PublicUrl, Sources, settings};
use countersign_store::Place;

/// A TOML file; after a line `---`, the environment: `NAME=VALUE` lines, where `COUNTERSIGN_` may be left out.
pub(crate) fn run(data: &[u8]) {
    let (file, environment) = match data.windows(5).position(|five| five == b"\n---\n") {
        Some(at) => (&data[..at], &data[at + 5..]),
        None => (data, &b""[..]),
    };
    let environment = environment.split(|byte| *byte == b'\n').filter_map(|line| {
        let at = line.iter().position(|byte| *byte == b'=')?;
        let name =
            [b"COUNTERSIGN_", line[..at].strip_prefix(b"COUNTERSIGN_").unwrap_or(&line[..at])].concat();
        let value = line[at + 1..].to_vec();
        (name != b"COUNTERSIGN_CONFIG").then(|| (OsString::from_vec(name), OsString::from_vec(value)))
    });
    let environment = environment.collect();
    let sources = Sources { file: Some(crate::shm::file(file)), environment, flags: Vec::new() };
    match Config::load(&sources) {
        Ok(config) => {
            holds(&config);
            for warning in config.warnings {
                one_line(&warning);
            }
        }
        Err(errors) => {
            assert!(!errors.problems().is_empty());
            let lines = file.iter().filter(|byte| **byte == b'\n').count() + 1;
            for problem in errors.problems() {
                one_line(&problem.to_string());
                if let Origin::File { line, .. } = &problem.origin {
                    assert!(*line <= lines, "{problem}");
                }
                let known = settings().any(|setting| setting.key == problem.key);
                assert!(known || problem.what.len() < 2000, "{problem}");
            }
        }
    }
}

fn one_line(text: &str) {
    assert!(!text.contains(char::is_control), "{text:?} would be more than its line of the log");
}

fn holds(config: &Config) {
    for name in [&config.service.name, &config.two_factor.issuer] {
        assert!((1..=64).contains(&name.chars().count()) && !name.contains(char::is_control), "{name:?}");
    }
    assert!(!config.two_factor.issuer.contains(':'));
    assert!(config.two_factor.remember_days() <= 365);
    assert!(config.session.idle <= config.session.most);
    // What is given is an origin; what is not is this machine, and then nobody else can reach it.
    let url = &config.service.public_url;
    let named = PublicUrl::parse(url.origin()).is_ok_and(|again| again == *url);
    assert!(named, "{url:?} is no public address");
    match &config.service.database {
        Place::Sqlite(path) => assert!(!path.as_os_str().is_empty()),
        // What is shown of an address has neither user nor password.
        Place::Postgres(url) => assert!(!url.to_string().contains('@'), "{url}"),
    }
}
