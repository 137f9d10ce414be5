//! The table of routes: every address, and who may come in. What it says is tested for every row.

use std::sync::Arc;

use axum::routing::{MethodRouter, get, post};

use super::{
    authenticators, confirm_address, devices, errands, forgotten_password, forward_auth, password, profile,
    recovery_codes, reset_password, second_step, sessions, set_up, sign_in, sign_up, site_codes, sites,
    statics, turn_off, turn_on,
};
use crate::app::App;

/// Who may come in at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Everybody.
    Anybody,
    /// A pending sign-in, for its second step.
    Pending,
    /// A session that may still have to turn 2FA on, where the policy requires it.
    Enrolling,
    /// A full session.
    Session,
    /// An errand of an application, in the browser that opened its link.
    Errand,
}

/// One address.
pub struct Route {
    /// The path, as the router reads it.
    pub path: &'static str,
    /// Who may come in.
    pub door: Door,
    /// Its methods.
    pub methods: MethodRouter<Arc<App>>,
}

/// Every address there is. A route that is missing here does not exist.
pub fn table() -> Vec<Route> {
    let anybody = |path, methods| Route { path, door: Door::Anybody, methods };
    let pending = |path, methods| Route { path, door: Door::Pending, methods };
    let enrolling = |path, methods| Route { path, door: Door::Enrolling, methods };
    let errand = |path, methods| Route { path, door: Door::Errand, methods };
    let session = |path, methods| Route { path, door: Door::Session, methods };
    vec![
        anybody("/", get(statics::home)),
        anybody("/favicon.ico", get(statics::icon)),
        anybody("/static/{name}", get(statics::file)),
        anybody("/health", get(statics::health)),
        anybody("/language", post(profile::speak)),
        anybody("/.well-known/change-password", get(password::well_known)),
        anybody("/sign-up", get(sign_up::show).post(sign_up::submit)),
        anybody("/forgotten-password", get(forgotten_password::show).post(forgotten_password::submit)),
        anybody("/forgotten-password/sent", get(forgotten_password::sent)),
        // The links in letters are the right to these.
        anybody("/reset-password", get(reset_password::show).post(reset_password::submit)),
        anybody("/confirm-address", get(confirm_address::show).post(confirm_address::submit)),
        // A trusted proxy asks, on behalf of whoever visits a site behind it; nobody else is answered.
        anybody("/forward-auth", get(forward_auth::check)),
        anybody("/forward-auth/nginx", get(forward_auth::check_for_nginx)),
        anybody("/.countersign/sign-in", get(forward_auth::lead)),
        anybody("/.countersign/return", get(forward_auth::come_back)),
        anybody("/sites/go", get(sites::go)),
        anybody("/sites/failed", get(sites::failed)),
        anybody("/sites/unsent", get(sites::unsent)),
        session("/sites/enter", get(sites::enter)),
        session("/sites/code", get(site_codes::show).post(site_codes::submit)),
        anybody("/sign-in", get(sign_in::show).post(sign_in::submit)),
        anybody("/sign-in/cancel", post(second_step::cancel)),
        pending("/sign-in/code", get(second_step::show_code).post(second_step::submit_code)),
        pending("/sign-in/two-codes", get(second_step::show_two_codes).post(second_step::submit_two_codes)),
        pending(
            "/sign-in/recovery-code",
            get(second_step::show_recovery_code).post(second_step::submit_recovery_code),
        ),
        enrolling("/sign-out", post(sign_in::sign_out)),
        session("/account", get(profile::show)),
        session("/account/activity", get(profile::activity)),
        session("/account/name", post(profile::rename)),
        session("/account/password", get(password::show).post(password::submit)),
        enrolling("/account/address/send-link", post(confirm_address::send)),
        session("/account/sessions/end-others", post(sessions::end_others)),
        session("/account/sessions/end-all", post(sessions::end_all)),
        session("/account/sessions/{id}/end", post(sessions::end)),
        enrolling("/account/two-factor/turn-on", get(turn_on::show).post(turn_on::submit)),
        enrolling("/account/two-factor/set-up", get(set_up::show).post(set_up::submit)),
        enrolling("/account/two-factor/set-up/restart", post(set_up::restart)),
        session("/account/two-factor/turn-off", get(turn_off::show).post(turn_off::submit)),
        session("/account/two-factor/recovery-codes", get(recovery_codes::show).post(recovery_codes::submit)),
        // The ticket in the form is the right to it: turning on has just ended the session.
        anybody("/account/two-factor/recovery-codes/download", post(recovery_codes::download)),
        session(
            "/account/two-factor/authenticators/add",
            get(authenticators::show_add).post(authenticators::add),
        ),
        session(
            "/account/two-factor/authenticators/{id}/rename",
            get(authenticators::show_rename).post(authenticators::rename),
        ),
        session(
            "/account/two-factor/authenticators/{id}/remove",
            get(authenticators::show_remove).post(authenticators::remove),
        ),
        session("/account/two-factor/devices/forget-all", post(devices::forget_all)),
        session("/account/two-factor/devices/{id}/forget", post(devices::forget)),
        // The link is the right to it, once.
        anybody("/hosted/begin", get(errands::begin::begin)),
        anybody("/hosted/colour/{name}", get(errands::looks::colour)),
        anybody("/hosted/logo/{name}", get(errands::looks::logo)),
        errand("/hosted/{errand}/code", get(errands::verify::show_code).post(errands::verify::submit_code)),
        errand(
            "/hosted/{errand}/two-codes",
            get(errands::verify::show_two_codes).post(errands::verify::submit_two_codes),
        ),
        errand(
            "/hosted/{errand}/recovery-code",
            get(errands::verify::show_recovery_code).post(errands::verify::submit_recovery_code),
        ),
        errand("/hosted/{errand}/turn-on", get(errands::turn_on::show).post(errands::turn_on::submit)),
        errand("/hosted/{errand}/set-up", get(errands::set_up::show).post(errands::set_up::submit)),
        errand("/hosted/{errand}/set-up/restart", post(errands::set_up::restart)),
        errand("/hosted/{errand}/manage", get(errands::manage::show)),
        errand("/hosted/{errand}/turn-off", get(errands::turn_off::show).post(errands::turn_off::submit)),
        errand(
            "/hosted/{errand}/recovery-codes",
            get(errands::recovery_codes::show).post(errands::recovery_codes::submit),
        ),
        errand(
            "/hosted/{errand}/authenticators/add",
            get(errands::authenticators::show_add).post(errands::authenticators::add),
        ),
        errand(
            "/hosted/{errand}/authenticators/{id}/rename",
            get(errands::authenticators::show_rename).post(errands::authenticators::rename),
        ),
        errand(
            "/hosted/{errand}/authenticators/{id}/remove",
            get(errands::authenticators::show_remove).post(errands::authenticators::remove),
        ),
        errand("/hosted/{errand}/devices/forget-all", post(errands::devices::forget_all)),
        errand("/hosted/{errand}/devices/{id}/forget", post(errands::devices::forget)),
        errand("/hosted/{errand}/leave", post(errands::end::leave)),
        errand("/hosted/{errand}/done", get(errands::end::done)),
        errand("/hosted/{errand}/return", get(errands::end::go_back)),
    ]
}
