//! `countersign`: the program. What it does stands in the library.

use std::process::ExitCode;

use countersign_server::{cli::Cli, commands};

fn main() -> ExitCode {
    let cli = Cli::read(std::env::args_os()).unwrap_or_else(|error| error.exit());
    match commands::run(&cli) {
        Ok(code) => code,
        Err(error) => {
            // The alternate form puts the causes behind the error, on one line.
            let _closed =
                std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("countersign: {error:#}\n"));
            ExitCode::FAILURE
        }
    }
}
