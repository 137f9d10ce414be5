//! A statement of the common dialect in the form that PostgreSQL runs: a condition speaks for itself there.
//!
//! On SQLite the program looks at every count before it goes on. Here a whole batch is on its way before the first answer
//! comes, so a statement that must touch a row carries that condition with it, and aborts where it touches none.

/// What a statement answers with, and whether it must touch a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Form {
    /// It may change any number of rows, which are counted.
    May,
    /// It must change a row.
    Must,
    /// It answers with any number of rows.
    Returns,
    /// It must answer with a row.
    MustReturn,
}

impl Form {
    pub(super) const fn of(returns: bool, must: bool) -> Self {
        match (returns, must) {
            (false, false) => Self::May,
            (false, true) => Self::Must,
            (true, false) => Self::Returns,
            (true, true) => Self::MustReturn,
        }
    }

    /// Whether a statement can have this form: one that answers with rows is not counted, and the other way round.
    #[cfg(test)]
    pub(super) fn fits(self, sql: &str) -> bool {
        let answers = sql.starts_with("SELECT") || sql.contains(" RETURNING ");
        match self {
            Self::May => true,
            Self::Must => !answers,
            Self::Returns | Self::MustReturn => answers,
        }
    }

    /// The statement in this form. Dividing by no rows is what aborts.
    pub(super) fn text(self, sql: &str) -> String {
        match self {
            Self::May | Self::Returns => sql.to_owned(),
            Self::Must => {
                format!("WITH step AS ({sql} RETURNING 1) SELECT count(*) FROM step HAVING 1 / count(*) >= 0")
            }
            Self::MustReturn => format!(
                "WITH step AS ({sql}) SELECT step.* FROM (SELECT 1 / count(*) AS found FROM step) AS must \
                 LEFT JOIN step ON must.found >= 0"
            ),
        }
    }
}
