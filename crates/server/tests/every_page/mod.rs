//! Every page in every language, from the samples of each view.

use countersign_server::l10n::Language;
use countersign_server::pages;

/// A page's name, sample and language, and its HTML.
pub(crate) struct Shown {
    pub(crate) name: String,
    pub(crate) language: Language,
    pub(crate) html: String,
}

pub(crate) fn every_page() -> Vec<Shown> {
    let mut shown = Vec::new();
    for language in Language::ALL {
        macro_rules! show {
            ($($view:ident => $name:literal),* $(,)?) => {$(
                for (sample, view) in pages::$view::samples(language) {
                    let name = format!("{}-{sample}-{}", $name, language.code());
                    shown.push(Shown { name, language, html: view.render() });
                }
            )*};
        }
        show! {
            SignIn => "sign_in",
            Code => "code",
            TwoCodes => "two_codes",
            RecoveryCode => "recovery_code",
            SignUp => "sign_up",
            SignUpRefused => "sign_up_refused",
            ForgottenPassword => "forgotten_password",
            LetterSent => "letter_sent",
            ResetPassword => "reset_password",
            LinkOver => "link_over",
            ConfirmAddress => "confirm_address",
            AddressFirst => "address_first",
            Profile => "profile",
            Manage => "manage",
            ErrandEnd => "errand_end",
            Activity => "activity",
            TurnOn => "turn_on",
            SetUp => "set_up",
            RecoveryCodes => "recovery_codes",
            TurnOff => "turn_off",
            Confirm => "confirm",
            Rename => "rename",
            Site => "site",
            SiteCode => "site_code",
            ChangePassword => "change_password",
            Problem => "problem",
        }
    }
    shown
}
