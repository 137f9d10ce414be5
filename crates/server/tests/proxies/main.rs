//! A site behind real proxies and the real program, as docs/forward-auth.md sets them up: what stands there is what runs
//! here, but for ports and certificates. Needs nginx and Caddy.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

/// Tells a story behind each proxy. Traefik is not to be had here, so its contract is spoken by the test.
macro_rules! behind_every_proxy {
    ($($(#[$meta:meta])* async fn $story:ident($scene:ident) $body:block)+) => {
        $(
            $(#[$meta])*
            async fn $story($scene: $crate::scene::Scene) $body
        )+

        mod behind_nginx {
            $(#[tokio::test] async fn $story() { super::$story($crate::scene::Scene::nginx().await).await; })+
        }

        mod behind_caddy {
            $(#[tokio::test] async fn $story() { super::$story($crate::scene::Scene::caddy().await).await; })+
        }

        mod behind_traefik {
            $(#[tokio::test] async fn $story() { super::$story($crate::scene::Scene::traefik().await).await; })+
        }
    };
}

mod application;
#[path = "../http/browser.rs"]
#[expect(dead_code, reason = "the stories of tests/http need more of it")]
mod browser;
mod forged;
mod getting_in;
#[path = "../../../store/tests/contract/own_database.rs"]
mod own_database;
#[path = "../http/person.rs"]
#[expect(dead_code, reason = "the stories of tests/http need more of it")]
mod person;
mod process;
mod recipe;
mod scene;
mod streams;
mod traefik;
mod visitor;
#[path = "../http/world.rs"]
#[expect(dead_code, reason = "the stories of tests/http need more of it")]
mod world;
