//! What time it is for the server.

use countersign::Timestamp;

use super::Postgres;
use crate::read::{corrupt, one};
use crate::script::Read;
use crate::unavailable::Unavailable;
use crate::value::params;

/// Of this very moment, and not of the beginning of a transaction.
const CLOCK: &str = "SELECT CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS BIGINT)";

impl Postgres {
    /// The server's clock.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub(crate) async fn clock(&self) -> Result<Timestamp, Unavailable> {
        let answers = self.read(Read::new().select(CLOCK, params![])).await?;
        let row = one(&answers, 0).ok_or_else(|| corrupt("the server's clock"))?;
        Ok(Timestamp::from_milliseconds(row.int(0)?))
    }
}
