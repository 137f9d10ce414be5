//! The ceiling that `scripts/measure` puts beside the service: the same web framework and runtime with one handler
//! and nothing behind it. `bare_axum ADDR`

use std::net::SocketAddr;

use anyhow::Context as _;
use axum::{Router, routing::get};
use tokio::net::TcpListener;

fn main() -> anyhow::Result<()> {
    let wanted = std::env::args().nth(1).context("name the address to listen on")?;
    let wanted: SocketAddr = wanted.parse()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(wanted).await?;
        axum::serve(listener, Router::new().route("/health", get(async || "ok\n"))).await?;
        Ok(())
    })
}
