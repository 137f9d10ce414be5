//! The command line: every list of words is a command or a mistake that is told.

use countersign_server::cli::Cli;

/// The words, with zero bytes between them.
pub(crate) fn run(data: &[u8]) {
    let words = data.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned());
    match Cli::read(std::iter::once("countersign".to_owned()).chain(words)) {
        Ok(cli) => {
            let _to_do = cli.to_do();
            let sources = cli.sources([]);
            let known = ["listen", "public_url", "data_dir", "database"];
            assert!(sources.flags.iter().all(|(flag, _)| known.contains(flag)));
        }
        Err(told) => assert!(!told.to_string().is_empty()),
    }
}
