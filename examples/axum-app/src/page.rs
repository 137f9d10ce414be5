//! Every page of the shop: a heading, what there is to read, one form.

use askama::Template;

use crate::second_factor::Offer;

/// A field of a form.
pub(crate) struct Field {
    label: &'static str,
    name: &'static str,
    kind: &'static str,
    autocomplete: &'static str,
    hint: &'static str,
}

const fn field(
    label: &'static str,
    name: &'static str,
    kind: &'static str,
    autocomplete: &'static str,
    hint: &'static str,
) -> Field {
    Field { label, name, kind, autocomplete, hint }
}

const EMAIL: Field = field("Email", "email", "email", "username", "");
const PASSWORD: Field = field("Password", "password", "password", "current-password", "");
const NEW_PASSWORD: Field =
    field("Password", "password", "password", "new-password", "At least 15 characters.");
const APP: &str = "The six digits that the app shows now.";
const EITHER: &str = "Six digits of your app, or a recovery code.";
const fn code(hint: &'static str) -> Field {
    field("Authentication code", "code", "text", "one-time-code", hint)
}

/// A page.
#[derive(Template, Default)]
#[template(path = "page.html")]
pub(crate) struct Page {
    title: &'static str,
    fields: Vec<Field>,
    button: &'static str,
    links: Vec<(&'static str, &'static str)>,
    action: &'static str,
    remember: bool,
    error: Option<String>,
    email: String,
    /// How many recovery codes are left and devices remembered, where 2FA is on.
    left: Option<(u32, usize)>,
    offer: Option<Offer>,
    /// The id of the offer that a code is to prove.
    id: String,
    codes: Vec<String>,
}

impl Page {
    /// Whether something was wrong.
    pub(crate) fn is_refused(&self) -> bool {
        self.error.is_some()
    }

    /// The same page, with what was wrong.
    pub(crate) fn wrong(self, error: impl Into<String>) -> Self {
        Self { error: Some(error.into()), ..self }
    }
}

pub(crate) fn account(email: String, left: Option<(u32, usize)>) -> Page {
    Page { title: "My account", email, left, ..Page::default() }
}

pub(crate) fn sign_up() -> Page {
    let fields = vec![EMAIL, NEW_PASSWORD];
    Page { title: "Create an account", fields, button: "Create account", ..Page::default() }
}

pub(crate) fn sign_in() -> Page {
    let links = vec![("/sign-up", "Create an account")];
    Page { title: "Sign in", fields: vec![EMAIL, PASSWORD], button: "Sign in", links, ..Page::default() }
}

pub(crate) fn second_step() -> Page {
    let (fields, links) = (vec![code(EITHER)], vec![("/sign-in", "Use another account")]);
    Page {
        title: "Two-factor authentication",
        fields,
        button: "Verify",
        links,
        remember: true,
        ..Page::default()
    }
}

pub(crate) fn turn_on() -> Page {
    let fields = vec![PASSWORD];
    Page { title: "Turn on two-factor authentication", fields, button: "Enable 2FA", ..Page::default() }
}

pub(crate) fn set_up(id: String) -> Page {
    let (fields, action) = (vec![code(APP)], "/two-factor/set-up");
    let links = vec![("/two-factor/turn-on", "Show a new QR code")];
    Page { title: "Set up the app", fields, button: "Set up", action, links, id, ..Page::default() }
}

pub(crate) fn scan(offer: Offer) -> Page {
    let page = Page { title: "Scan the QR code", links: Vec::new(), ..set_up(offer.id.clone()) };
    Page { offer: Some(offer), ..page }
}

pub(crate) fn recovery_codes(codes: Vec<String>) -> Page {
    Page { title: "Save your recovery codes", codes, links: vec![("/", "Continue")], ..Page::default() }
}

pub(crate) fn turn_off() -> Page {
    let fields = vec![PASSWORD, code(EITHER)];
    Page { title: "Turn off two-factor authentication", fields, button: "Turn off", ..Page::default() }
}

pub(crate) fn not_now() -> Page {
    Page { title: "Not now: please try again in a minute", ..Page::default() }
}
