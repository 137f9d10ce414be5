//! What the service can be watched by: `/metrics`, in the text form of OpenMetrics, which Prometheus reads.
//!
//! Each noun counts for itself (the store its decisions and commits, the hashing threads their queue, the connections
//! their places, the doors their answers), and the [`scrape`] collects what they have. Labels are words of this house:
//! no address, account or name that somebody has typed is ever one, so there are as many series as there are words.
//!
//! They are served at a door of their own ([`door`]), never at the one that people come through: how many sign in, and
//! how many fail, is nobody's business.

pub(crate) mod answers;
pub(crate) mod door;
mod scrape;
