//! Mail: letters to account holders, from the [outbox](countersign_store::outbox) to the mail server.
//!
//! A letter is written by the store, in the script of what it tells. From there on nobody waits for it: a task of its
//! own takes one after the other, turns it into words, hands it to the mail server and removes it. A letter that comes
//! to hold a one-time link gets its token in [`sender`], when it is sent; the store then keeps the hash.

pub mod letter;
mod link;
mod message;
mod notice;
pub mod sender;
pub mod smtp;

pub use letter::Letter;
