//! The store's promises (DESIGN.md §5), each tried on every database: once, budget decides, all or
//! nothing, durable, authoritative. Real files, many racers, and where it matters two stores on one
//! database, as two processes have them.
//!
//! A test is written once. [`for_every_database`] runs it on each.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test, and whatever helps it, fails by panicking"
)]

/// Runs each story on every database. A new database is one more module here and one more [`house::House`].
macro_rules! for_every_database {
    ($(async fn $story:ident($house:ident) $body:block)+) => {
        $(async fn $story($house: $crate::house::House) $body)+

        mod on_sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $story() {
                    super::$story($crate::house::House::on_sqlite()).await;
                }
            )+
        }

        mod on_postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $story() {
                    super::$story($crate::house::House::on_postgres()).await;
                }
            )+
        }
    };
}

mod accounts;
mod address_confirmations;
mod app;
mod applications;
mod authenticators;
mod authoritative;
mod borrowed;
mod budget;
mod chain;
mod copying;
mod deliveries;
mod devices;
mod durable;
mod endpoints;
mod enrolments;
mod errands;
mod foreign_passwords;
mod home;
mod house;
mod imports;
mod in_process;
mod invitations;
mod isolation;
mod keys;
mod nodes;
mod once;
mod outbox;
mod own_database;
mod password_resets;
mod passwords;
mod person;
mod race;
mod recovery;
mod resealing;
mod restorations;
mod sealed;
mod serial;
mod sessions;
mod set_up_links;
mod signing_keys;
mod site_sessions;
mod sweep;
mod tally;
mod two_factor;
mod unfinished;
