//! Who is at the door: so many at a time, each for so long, and none of them ends the server.

use std::net::Shutdown;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use russh::server::{Config, run_stream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::sleep;

use crate::dialogue::{Door, Visitor, say};

/// How many connections there are at a time. Each may start a few programs, and all of them need open files.
const AT_A_TIME: usize = 100;
/// How long one that could not be accepted keeps the others waiting.
const PAUSE: Duration = Duration::from_secs(1);

/// Serves whoever comes, for ever. `way_in` is the longest that somebody may take until they are let in.
pub(crate) async fn serve(
    listener: TcpListener,
    config: Config,
    door: Door,
    way_in: Duration,
) -> anyhow::Result<()> {
    let (config, places) = (Arc::new(config), Arc::new(Semaphore::new(AT_A_TIME)));
    loop {
        let place = Arc::clone(&places).acquire_owned().await?;
        match listener.accept().await {
            Ok((socket, address)) => {
                let (config, visitor) = (Arc::clone(&config), door.visitor(address));
                tokio::spawn(async move {
                    // How a client ended the conversation, or speaks no SSH, is no news.
                    if let Err(error) = meet(config, socket, visitor, way_in).await
                        && !error.is::<russh::Error>()
                    {
                        say(&error);
                    }
                    drop(place);
                });
            }
            // No file is left to open, or the client has gone again. The others stay, and later ones may have more luck.
            Err(error) => {
                say(&error.into());
                sleep(PAUSE).await;
            }
        }
    }
}

async fn meet(
    config: Arc<Config>,
    socket: TcpStream,
    visitor: Visitor,
    way_in: Duration,
) -> anyhow::Result<()> {
    let is_in = visitor.is_in();
    // The line itself: in the middle of an exchange of keys russh hears nothing of a wish to end.
    let line = socket.into_std()?;
    let socket = TcpStream::from_std(line.try_clone()?)?;
    let mut served = pin!(async { run_stream(config, socket, visitor).await?.await });
    tokio::select! {
        ended = &mut served => return ended,
        () = is_in.notified() => {}
        () = sleep(way_in) => line.shutdown(Shutdown::Both)?,
    }
    drop(line);
    served.await
}
