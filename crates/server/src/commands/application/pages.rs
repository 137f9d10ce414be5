//! `countersign application pages …`: where an application takes its users back, and how our pages look to them.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use countersign::return_address::{MOST, ReturnAddress};
use countersign_store::{applications::Application, looks::Change};

use super::super::say;
use crate::app::App;
use crate::cli::Looks;
use crate::colour::Colour;
use crate::logo;

/// What takes something away.
const NONE: &str = "none";

/// Changes what is said, and prints what holds then.
pub(super) async fn run(app: &App, application: &Application, said: &Looks) -> anyhow::Result<()> {
    let change = change(said)?;
    let changes = change.return_addresses.is_some() || change.colour.is_some() || change.logo.is_some();
    if changes {
        app.store.change_look(application.id, &change).await?;
        say(format_args!("Changed {}. It holds for the next request.", application.name));
    }
    let (addresses, look) = app.store.look(application.id).await?;
    if addresses.is_empty() {
        say(format_args!(
            "return addresses: none; links to our pages are refused until --return-to names one"
        ));
    }
    for address in addresses {
        say(format_args!("return address: {address}"));
    }
    say(format_args!(
        "colour: {}",
        look.colour.map_or_else(|| NONE.to_owned(), |colour| format!("#{colour}"))
    ));
    say(format_args!("logo: {}", look.logo.unwrap_or_else(|| NONE.to_owned())));
    Ok(())
}

fn change(said: &Looks) -> anyhow::Result<Change> {
    Ok(Change {
        return_addresses: addresses(&said.return_to)?,
        colour: match said.colour.as_deref() {
            None => None,
            Some(NONE) => Some(None),
            Some(text) => {
                let colour =
                    Colour::parse(text).with_context(|| format!("the colour {text} cannot be used"))?;
                colour.sheet().with_context(|| format!("the colour {text} cannot be used"))?;
                Some(Some(colour.digits()))
            }
        },
        logo: match said.logo.as_deref() {
            None => None,
            Some(path) if path == Path::new(NONE) => Some(None),
            Some(path) => Some(Some(logo(path)?)),
        },
    })
}

fn addresses(said: &[String]) -> anyhow::Result<Option<Vec<ReturnAddress>>> {
    match said {
        [] => Ok(None),
        [none] if none == NONE => Ok(Some(Vec::new())),
        many if many.len() > MOST => bail!("an application has at most {MOST} return addresses"),
        said => {
            let read = |text: &String| {
                ReturnAddress::parse(text).with_context(|| format!("{text} cannot be a return address"))
            };
            Ok(Some(said.iter().map(read).collect::<anyhow::Result<_>>()?))
        }
    }
}

/// Reads the file, and no more of it than a logo may have.
fn logo(path: &Path) -> anyhow::Result<(String, Vec<u8>)> {
    let file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let most = u64::try_from(logo::LARGEST).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes).with_context(|| format!("{} cannot be read", path.display()))?;
    let name = logo::name_of(&bytes).with_context(|| format!("{} cannot be the logo", path.display()))?;
    Ok((name, bytes))
}
