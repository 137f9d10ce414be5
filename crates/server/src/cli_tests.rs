//! The command line, as it is typed.

use super::*;

fn read(line: &str) -> Result<Cli, clap::Error> {
    Cli::read(std::iter::once("countersign").chain(line.split_whitespace()))
}

fn flags(line: &str) -> Vec<(&'static str, String)> {
    read(line).unwrap().sources([]).flags
}

#[test]
fn clap_finds_no_fault_with_the_definition() {
    Cli::command().debug_assert();
}

#[test]
fn no_command_means_serve() {
    assert!(matches!(read("").unwrap().to_do(), Command::Serve(_)));
    let expected = [("listen", "[::1]:9".to_owned()), ("data_dir", "d".to_owned())];
    assert_eq!(flags("--listen [::1]:9 --data-dir d"), expected);
    assert_eq!(flags("serve --listen [::1]:9 --data-dir d"), expected);
    assert_eq!(flags("--data-dir d serve --listen [::1]:9"), expected);
}

#[test]
fn every_command_takes_the_data_directory_the_file_and_the_database_before_it_or_after_it() {
    let commands = [
        "serve",
        "check",
        "events list",
        "events head",
        "events verify",
        "keys list",
        "keys add",
        "keys rotate",
        "database restored",
        "mail test a@example.com",
        "account list",
        "application list",
        "application add shop",
        "application signing-key shop --rotate",
        "account add a@example.com",
        "account show a@example.com",
        "account groups a@example.com",
        "import users.csv --from countersign",
        "account set-up-link a@example.com",
        "account disable a@example.com",
        "account reset-password a@example.com",
        "account confirm-address a@example.com",
        "account reset-two-factor a@example.com --reason lost",
    ];
    for command in commands {
        let common = "--data-dir d --config c.toml --database sqlite:x";
        for line in [format!("{command} {common}"), format!("{common} {command}")] {
            let cli = read(&line).unwrap();
            let sources = cli.sources([]);
            assert_eq!(sources.file.as_deref(), Some(std::path::Path::new("c.toml")), "{line}");
            assert_eq!(
                sources.flags,
                [("data_dir", "d".to_owned()), ("database", "sqlite:x".to_owned())],
                "{line}"
            );
        }
    }
}

#[test]
fn an_account_is_added_with_all_that_can_be_said() {
    let cli = read("account add a@example.com --admin --name Ada --password-stdin").unwrap();
    let Command::Account(Account::Add { email, admin, name, password_stdin }) = cli.to_do() else {
        panic!("{cli:?}")
    };
    assert_eq!(
        (email.as_str(), admin, name.as_deref(), password_stdin),
        ("a@example.com", true, Some("Ada"), true)
    );
}

#[test]
fn groups_are_named_one_by_one_and_spelt_as_headers_need_them() {
    let cli = read("account groups a@example.com --add staff --add it --remove admins").unwrap();
    let Command::Account(Account::Groups { add, remove, .. }) = cli.to_do() else { panic!("{cli:?}") };
    let [add, remove] = [add, remove].map(|groups| groups.iter().map(Group::to_string).collect::<Vec<_>>());
    assert_eq!((add, remove), (vec!["staff".to_owned(), "it".to_owned()], vec!["admins".to_owned()]));
    let error = read("account groups a@example.com --add Staff").unwrap_err().to_string();
    assert!(error.contains("a-z"), "{error}");
}

#[test]
fn a_reset_without_a_reason_is_refused() {
    assert!(read("account reset-two-factor a@example.com").is_err());
    let blank = Cli::read(["countersign", "account", "reset-two-factor", "a@example.com", "--reason", "  "]);
    assert!(blank.unwrap_err().to_string().contains("say why"));
    assert!(read("account reset-two-factor a@example.com --reason lost-phone").is_ok());
}

#[test]
fn a_flag_of_serve_is_not_silently_dropped_before_another_command() {
    for line in ["--listen 127.0.0.1:1 account list", "--public-url http://localhost check"] {
        assert!(read(line).unwrap_err().to_string().contains("belongs after `serve`"), "{line}");
    }
    assert!(read("account list --listen 127.0.0.1:1").is_err());
}

#[test]
fn mistakes_are_told() {
    for line in [
        "fly",
        "account",
        "keys",
        "keys rotate now",
        "account add",
        "serve --port 1",
        "account disable",
        "serve extra",
    ] {
        assert!(read(line).is_err(), "{line}");
    }
}
