//! Kept answers: an application that lost one asks for it again, and the code does not count a second time.
//!
//! The answer is kept in the script of what it answers, so there is none without the other.

use countersign::{ApplicationId, Span, Timestamp, attempt::Wrong, kept_answer::Asked};
use zeroize::Zeroizing;

use crate::read::one;
use crate::script::{Read, Script};
use crate::statements::statements;
use crate::store::Store;
use crate::unavailable::Unavailable;
use crate::value::params;

/// For how long an answer can be asked for again.
pub const KEPT_FOR: Span = Span::hours(24);
/// The condition that the same was not answered before.
pub(crate) const FIRST: &str = "the idempotency key, which was used before";

statements! {
    /// Keeps an answer, in place of one that is over.
    pub(crate) KEEP = "INSERT INTO kept_answers (application_id, name, request, answer, expires_at) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (application_id, name) DO UPDATE SET request = excluded.request, \
        answer = excluded.answer, expires_at = excluded.expires_at WHERE kept_answers.expires_at <= $6";
    /// That nothing is kept.
    pub(crate) FREE = "SELECT CAST(1 AS BIGINT) WHERE NOT EXISTS (SELECT 1 FROM kept_answers \
        WHERE application_id = $1 AND name = $2 AND expires_at > $3)";
    /// A kept answer.
    pub(crate) KEPT = "SELECT request, answer FROM kept_answers WHERE application_id = $1 AND name = $2 \
        AND expires_at > $3";
    /// Answers that are over.
    pub(crate) OVER = "DELETE FROM kept_answers WHERE expires_at <= $1";
}

/// What was answered before to a request with this idempotency key.
pub enum Before {
    /// This.
    Answered(Zeroizing<Vec<u8>>),
    /// Something else was asked with the same key.
    AnotherRequest,
    /// It was answered to another API key, and cannot be told again.
    Unreadable,
}

/// A request that is to be answered once, and how its answer is written down.
pub struct Once<'a, T> {
    asked: Option<(ApplicationId, &'a Asked)>,
    answer: &'a (dyn Fn(Result<&T, Wrong>) -> Vec<u8> + Send + Sync),
    /// The step of the errand on which it is asked, if it is: on condition that the errand goes on.
    step: Option<StepOf<'a, T>>,
}

/// What an errand is told of an outcome.
type StepOf<'a, T> = &'a (dyn Fn(Result<&T, Wrong>) -> Script + Send + Sync);

impl<'a, T> Once<'a, T> {
    /// `asked` is nothing where the request has no idempotency key: then nothing is kept.
    pub fn new(
        application: ApplicationId,
        asked: Option<&'a Asked>,
        answer: &'a (dyn Fn(Result<&T, Wrong>) -> Vec<u8> + Send + Sync),
    ) -> Self {
        Self { asked: asked.map(|asked| (application, asked)), answer, step: None }
    }

    /// A request whose answer cannot get lost, because it comes from this very process: nothing is kept.
    pub fn unkept() -> Self {
        Self { asked: None, answer: &|_| Vec::new(), step: None }
    }

    /// What is asked on an errand: the errand keeps what came of it.
    pub(crate) fn on_errand(step: StepOf<'a, T>) -> Self {
        Self { step: Some(step), ..Self::unkept() }
    }

    /// The statement that keeps the answer, if one is to be kept.
    pub(crate) fn keep(
        &self,
        outcome: Result<&T, Wrong>,
        now: Timestamp,
        rng: &mut impl rand_core::CryptoRng,
    ) -> Script {
        let Some((application, asked)) = self.asked else {
            return self.step.map(|step| step(outcome)).unwrap_or_default();
        };
        let sealed = asked.seal(&(self.answer)(outcome), rng);
        let values = params![
            application.to_string(),
            asked.name(),
            asked.request(),
            sealed,
            (now + KEPT_FOR).milliseconds(),
            now.milliseconds()
        ];
        Script::new().must(FIRST, KEEP, values)
    }
}

impl<T> Once<'_, T> {
    /// The condition that the same was not answered before, for a script that keeps no answer of its own.
    pub(crate) fn unanswered(&self, now: Timestamp) -> Script {
        let Some((application, asked)) = self.asked else { return Script::new() };
        let values = params![application.to_string(), asked.name(), now.milliseconds()];
        Script::new().must_find(FIRST, FREE, values)
    }
}

impl Store {
    /// What was answered before to a request with this idempotency key, if anything was.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn answered_before(
        &self,
        application: ApplicationId,
        asked: &Asked,
        now: Timestamp,
    ) -> Result<Option<Before>, Unavailable> {
        let values = params![application.to_string(), asked.name(), now.milliseconds()];
        let answers = self.database.read(Read::new().select(KEPT, values)).await?;
        let Some(row) = one(&answers, 0) else { return Ok(None) };
        if row.blob(0)? != asked.request() {
            return Ok(Some(Before::AnotherRequest));
        }
        Ok(Some(asked.open(row.blob(1)?).map_or(Before::Unreadable, Before::Answered)))
    }
}
