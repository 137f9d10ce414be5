//! The high-water mark: how far the audit log had come, noted outside the database.
//!
//! A database cannot tell that it is an old copy of itself: codes, recovery codes and devices that were spent or
//! forgotten since look unspent again. A mark outside it can. It names one link of the log's chain, and the database
//! either has that very link or is not what it was.

use crate::{
    InstallationId, Span, Timestamp,
    chain::{Head, LinkHash},
};

/// How far a mark's clock may be ahead of ours and still be believed.
const BELIEVED: Span = Span::hours(1);

/// How far the log of an installation had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Whose log.
    pub installation: InstallationId,
    /// Its last link.
    pub head: Head,
    /// When the line of that link was written.
    pub at: Timestamp,
}

/// What a mark says about a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is amiss.
    Sound,
    /// There is no mark, and this database never had one.
    Unmarked,
    /// The mark is of another installation, and this database never had one of its own.
    Strange(InstallationId),
    /// The database is older than its mark, or not the one that was marked: an old backup was restored.
    Restored(Restored),
}

/// Why a database is taken for an old backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restored {
    /// Its log ends before the mark.
    Behind(Mark),
    /// Its log has another line where the mark is.
    Differs(Mark),
    /// It had a mark, and there is none here.
    MarkMissing,
    /// It had a mark, and the one here is of another installation.
    MarkStrange(InstallationId),
}

impl Mark {
    /// Judges a database: whether it says that a mark of it was kept, and the hash it has at the link of the mark.
    ///
    /// A mark of another installation beside a database that had one of its own is what a restore onto a new
    /// machine leaves, where the service was started once before: its own mark is missing.
    pub fn judge(
        mark: Option<&Self>,
        kept: bool,
        installation: InstallationId,
        at_the_mark: Option<LinkHash>,
    ) -> Verdict {
        match (mark, kept) {
            (None, false) => Verdict::Unmarked,
            (None, true) => Verdict::Restored(Restored::MarkMissing),
            (Some(mark), kept) if mark.installation != installation => match kept {
                true => Verdict::Restored(Restored::MarkStrange(mark.installation)),
                false => Verdict::Strange(mark.installation),
            },
            (Some(mark), _) => match at_the_mark {
                Some(hash) if hash == mark.head.hash => Verdict::Sound,
                Some(_) => Verdict::Restored(Restored::Differs(*mark)),
                None => Verdict::Restored(Restored::Behind(*mark)),
            },
        }
    }
}

impl Restored {
    /// The mark that the database does not live up to, if there is one.
    pub const fn mark(&self) -> Option<&Mark> {
        match self {
            Self::Behind(mark) | Self::Differs(mark) => Some(mark),
            Self::MarkMissing | Self::MarkStrange(_) => None,
        }
    }

    /// The moment up to which every code counts as spent. A clock that is behind the mark would leave codes
    /// unspent that were accepted; one that is far behind accepts none of them anyway, and must lock out nobody.
    pub fn spent_until(&self, now: Timestamp) -> Timestamp {
        let marked = self.mark().map(|mark| mark.at).filter(|at| *at <= now + BELIEVED);
        marked.map_or(now, |at| at.max(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::totp::Parameters;
    use rand::{SeedableRng, rngs::StdRng};

    const NOW: Timestamp = Timestamp::from_seconds(1_795_000_020);

    fn mark() -> Mark {
        let installation = InstallationId::fresh(NOW, &mut StdRng::seed_from_u64(1));
        Mark { installation, head: Head { link: 7, ..Head::beginning(installation) }, at: NOW }
    }

    #[test]
    fn a_database_that_has_the_very_link_of_its_mark_is_sound_and_any_other_was_restored() {
        let mark = mark();
        let other = LinkHash::from_bytes([1; 32]);
        let judge = |at_the_mark| Mark::judge(Some(&mark), true, mark.installation, at_the_mark);
        assert_eq!(judge(Some(mark.head.hash)), Verdict::Sound);
        assert_eq!(judge(Some(other)), Verdict::Restored(Restored::Differs(mark)));
        assert_eq!(judge(None), Verdict::Restored(Restored::Behind(mark)));
        let flag_lost = Mark::judge(Some(&mark), false, mark.installation, None);
        assert_eq!(flag_lost, Verdict::Restored(Restored::Behind(mark)), "a backup of before the first mark");
    }

    #[test]
    fn a_missing_mark_is_a_restore_only_where_there_was_one() {
        let mark = mark();
        let own = InstallationId::fresh(NOW, &mut StdRng::seed_from_u64(2));
        assert_eq!(Mark::judge(None, false, own, None), Verdict::Unmarked);
        assert_eq!(Mark::judge(None, true, own, None), Verdict::Restored(Restored::MarkMissing));
        assert_eq!(Mark::judge(Some(&mark), false, own, None), Verdict::Strange(mark.installation));
        let strange = Verdict::Restored(Restored::MarkStrange(mark.installation));
        assert_eq!(Mark::judge(Some(&mark), true, own, Some(mark.head.hash)), strange);
    }

    #[test]
    fn codes_are_spent_up_to_the_later_of_clock_and_mark_and_a_mad_mark_locks_nobody_out() {
        let behind = |at| Restored::Behind(Mark { at, ..mark() });
        assert_eq!(behind(NOW - Span::days(9)).spent_until(NOW), NOW);
        let ahead = NOW + Span::minutes(10);
        assert_eq!(behind(ahead).spent_until(NOW), ahead, "the clock is ten minutes slow");
        assert_eq!(behind(NOW + Span::days(400)).spent_until(NOW), NOW);
        assert_eq!(Restored::MarkMissing.spent_until(NOW), NOW);
        let parameters = Parameters::default();
        assert_eq!(parameters.last_acceptable(NOW), parameters.step(NOW).plus(1));
    }
}
