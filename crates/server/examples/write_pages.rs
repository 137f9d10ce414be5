//! Writes every page in every language and state into a folder, to be looked at in a browser without a service:
//! `cargo run -p countersign-server --example write_pages -- DIR`.

use std::{fs, path::PathBuf};

use anyhow::Context as _;
use countersign_server::static_files;

#[path = "../tests/every_page/mod.rs"]
mod every_page;

fn main() -> anyhow::Result<()> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).context("name the folder to write to")?;
    fs::create_dir_all(&folder)?;
    let files = [
        (static_files::css_url(), "countersign.css"),
        (static_files::js_url(), "countersign.js"),
        (static_files::icon_url(), "icon.svg"),
    ];
    for (url, name) in files {
        let file = url.strip_prefix("/static/").and_then(static_files::get);
        fs::write(folder.join(name), file.with_context(|| format!("{url} is not there"))?.bytes)?;
    }
    for every_page::Shown { name, language, html } in every_page::every_page() {
        let html = files.into_iter().fold(html, |html, (url, file)| html.replace(url, file));
        fs::write(folder.join(format!("{name}.html")), html)
            .with_context(|| format!("{name}, {language:?}"))?;
    }
    Ok(())
}
