//! One field of a form, shown again after a refusal.

/// What somebody typed, and what is wrong with it. Secrets are never given back, so passwords and codes hold the
/// error alone (`password_error`, `code_error`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// What the field holds when the page opens.
    pub value: String,
    /// What is wrong and what to do about it, shown beside the field.
    pub error: Option<String>,
}

impl Field {
    /// A field that holds a value and no error.
    pub fn of(value: impl Into<String>) -> Self {
        Self { value: value.into(), error: None }
    }

    /// A field whose value was refused.
    pub fn wrong(value: impl Into<String>, error: impl Into<String>) -> Self {
        Self { value: value.into(), error: Some(error.into()) }
    }
}
