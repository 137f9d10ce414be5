//! The ceiling that `scripts/bench` puts beside the service: the same web framework and runtime with nothing behind its
//! handlers. `bare_axum ADDR`

use std::net::SocketAddr;

use anyhow::Context as _;
use axum::{Router, http::StatusCode, routing::get};
use tokio::net::TcpListener;

fn main() -> anyhow::Result<()> {
    let wanted = std::env::args().nth(1).context("name the address to listen on")?;
    let wanted: SocketAddr = wanted.parse()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(wanted).await?;
        let router = Router::new()
            .route("/health", get(async || "ok\n"))
            .route("/empty", get(async || StatusCode::NO_CONTENT));
        axum::serve(listener, router).await?;
        Ok(())
    })
}
