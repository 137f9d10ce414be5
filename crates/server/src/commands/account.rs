//! `countersign account …`: the help desk, from a terminal.

use std::io::BufRead as _;

use anyhow::{Context as _, bail};
use countersign::{
    email::Email,
    event::Actor,
    group::Group,
    name::Name,
    password::{Memory, Password, StoredPassword},
    policy::Required,
};
use countersign_store::{
    Refusal, Visit,
    accounts::{Account, NewAccount, NotAdded},
};
use zeroize::Zeroizing;

use super::say;
use crate::app::App;
use crate::cli::Account as Command;
use crate::password_rules::{self, Unfit};

/// Does one of the account commands.
///
/// # Errors
/// Whatever stopped it, in words for the operator.
pub async fn run(app: &App, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Add { email, admin, name, password_stdin } => {
            add(app, &email, admin, name, password_stdin).await
        }
        Command::List => list(app).await,
        Command::Show { email } => show(app, &find(app, &email).await?).await,
        Command::Disable { email, enable } => disable(app, &find(app, &email).await?, enable).await,
        Command::SignOut { email: Some(email), .. } => sign_out(app, &find(app, &email).await?).await,
        Command::SignOut { email: None, .. } => sign_everybody_out(app).await,
        Command::Groups { email, add, remove } => groups(app, &find(app, &email).await?, &add, &remove).await,
        Command::Unlock { email } => unlock(app, &find(app, &email).await?).await,
        Command::SetUpLink { email } => give_set_up_link(app, &find(app, &email).await?).await,
        Command::ResetPassword { email } => reset_password(app, &find(app, &email).await?).await,
        Command::ConfirmAddress { email } => confirm_address(app, &find(app, &email).await?).await,
        Command::ResetTwoFactor { email, reason } => reset(app, &find(app, &email).await?, &reason).await,
    }
}

async fn add(
    app: &App,
    email: &str,
    admin: bool,
    name: Option<String>,
    password_stdin: bool,
) -> anyhow::Result<()> {
    let named = name.is_some();
    let email = Email::parse(email).with_context(|| format!("{email:?} is not an email address"))?;
    let fallback = email.as_str().split('@').next().unwrap_or("Account").to_owned();
    let name = Name::parse(name.as_deref().unwrap_or(&fallback)).context("the name cannot be used")?;
    let password = if password_stdin { Some(read_password(app, &email, &name)?) } else { None };
    let invite = password.is_none();
    let mut chance = app.chance;
    let new = NewAccount { email, name, language: None, administrator: admin, password };
    let account = match app.store.add_account(&new, &visit(app), &mut chance).await {
        Ok(account) => account,
        // An account that never chose a password: its link was lost or is too old. It gets another.
        Err(NotAdded::Taken) if invite => {
            let account = find(app, new.email.as_str()).await?;
            if account.password.is_some() {
                bail!("{} has an account already", account.email);
            }
            if named || (admin && !account.administrator) {
                bail!(
                    "{} has an account already, which another link does not change: leave out --admin and --name",
                    account.email
                );
            }
            account.id
        }
        Err(error) => return Err(error.into()),
    };
    if !invite {
        say(format_args!("Added {}.", new.email.as_str()));
    }
    if invite {
        let token = app.store.invite_account(account, app.clock.now(), &mut chance).await?;
        let link = app.config.service.public_url.page(&format!("/sign-up?link={}", token.reveal()));
        say(format_args!(
            "Added {}. Send them this link. It works once, within 24 hours, to choose a password:",
            new.email.as_str()
        ));
        say(format_args!("\n    {link}\n"));
    }
    Ok(())
}

fn read_password(app: &App, email: &Email, name: &Name) -> anyhow::Result<StoredPassword> {
    let mut line = Zeroizing::new(String::new());
    std::io::stdin().lock().read_line(&mut line).context("no password could be read")?;
    let password = Password::parse(line.trim_end_matches(['\r', '\n']))?;
    let config = &app.config;
    let context = [email.as_str(), name.as_str(), config.service.name.as_str()];
    let least = config.password.min_length;
    password_rules::judge(&password, least, &app.breached, &context).map_err(|unfit| match unfit {
        Unfit::Short { have } => {
            anyhow::anyhow!("the password has {have} characters; at least {least} are needed")
        }
        Unfit::Common => anyhow::anyhow!("the password is on lists of leaked passwords"),
        Unfit::Personal => anyhow::anyhow!("the password is made of the account's own name or address"),
        Unfit::Guessable => anyhow::anyhow!("the password is easy to guess"),
    })?;
    let mut chance = app.chance;
    Ok(StoredPassword::hash(&password, config.password.hash_cost, &mut Memory::default(), &mut chance)?)
}

async fn list(app: &App) -> anyhow::Result<()> {
    for account in app.store.accounts().await? {
        let two_factor = if account.two_factor_at.is_some() { "2FA on" } else { "2FA off" };
        let role = if account.administrator { "administrator" } else { "" };
        let state = if account.disabled_at.is_some() { "disabled" } else { "" };
        say(format_args!("{:<40} {two_factor:<8} {role:<14} {state}", account.email).to_string().trim_end());
    }
    Ok(())
}

async fn show(app: &App, account: &Account) -> anyhow::Result<()> {
    let now = app.clock.now();
    let profile = app.store.profile(account.id, now).await?;
    let moment = |at: countersign::Timestamp| {
        jiff::Timestamp::from_second(at.seconds()).map_or_else(|_| "?".to_owned(), |at| at.to_string())
    };
    say(format_args!("email              {}", account.email));
    say(format_args!("name               {}", account.name));
    say(format_args!("created            {}", moment(account.created_at)));
    let confirmed = account.address_confirmed_at.map_or_else(|| "no".to_owned(), moment);
    say(format_args!("email confirmed    {confirmed}"));
    match account.password.as_ref().map(StoredPassword::foreign) {
        None => say("password           none yet"),
        Some(None) => say("password           set"),
        Some(Some(scheme)) => {
            say(format_args!(
                "password           set, hashed by another system ({scheme}) until they sign in"
            ));
        }
    }
    if let Some(at) = account.disabled_at {
        say(format_args!("disabled           {}", moment(at)));
    }
    match account.two_factor_at {
        None => say("2FA                off"),
        Some(at) => {
            say(format_args!("2FA                on since {}", moment(at)));
            for authenticator in &profile.authenticators {
                say(format_args!(
                    "authenticator      {}, added {}",
                    authenticator.name,
                    moment(authenticator.created_at)
                ));
            }
            say(format_args!("recovery codes     {} left", profile.recovery_codes_left));
        }
    }
    let groups = app.store.groups(account.id).await?;
    let groups: Vec<&str> = groups.iter().map(Group::as_str).collect();
    say(format_args!("groups             {}", groups.join(", ")).to_string().trim_end());
    say(format_args!("remembered devices {}", profile.devices.len()));
    say(format_args!("sessions           {}", profile.sessions.len()));
    for event in &profile.events {
        let subject = event.event.subject.as_deref().unwrap_or_default();
        say(format_args!("{}  {} {subject}", moment(event.at), event.event.kind.word())
            .to_string()
            .trim_end());
    }
    Ok(())
}

async fn disable(app: &App, account: &Account, enable: bool) -> anyhow::Result<()> {
    let (done, already) = match enable {
        true => (app.store.enable_account(account.id, &visit(app)).await, "is not disabled"),
        false => (app.store.disable_account(account.id, &visit(app)).await, "is disabled already"),
    };
    match done {
        Ok(()) => say(format_args!("{} is {}.", account.email, if enable { "enabled" } else { "disabled" })),
        Err(Refusal::Gone(_)) => bail!("{} {already}", account.email),
        Err(refusal) => return Err(refusal.into()),
    }
    Ok(())
}

async fn sign_out(app: &App, account: &Account) -> anyhow::Result<()> {
    app.store.sign_out_account(account.id, &visit(app)).await?;
    say(format_args!("{} is signed out everywhere.", account.email));
    Ok(())
}

async fn sign_everybody_out(app: &App) -> anyhow::Result<()> {
    app.store.sign_everybody_out(&visit(app)).await?;
    say("Everybody is signed out.");
    Ok(())
}

async fn groups(app: &App, account: &Account, add: &[Group], remove: &[Group]) -> anyhow::Result<()> {
    if let Some(both) = add.iter().find(|group| remove.contains(group)) {
        bail!("{both} is to be added and to be removed");
    }
    if !add.is_empty() || !remove.is_empty() {
        app.store.change_groups(account.id, add, remove, &visit(app)).await?;
    }
    let groups = app.store.groups(account.id).await?;
    if groups.is_empty() {
        say(format_args!("{} is in no group.", account.email));
    }
    groups.iter().for_each(say);
    Ok(())
}

async fn unlock(app: &App, account: &Account) -> anyhow::Result<()> {
    app.store.unlock_account(account, &visit(app)).await?;
    say(format_args!(
        "{} may try again at once. What guessers have spent of the year stays spent.",
        account.email
    ));
    Ok(())
}

async fn reset_password(app: &App, account: &Account) -> anyhow::Result<()> {
    let mut chance = app.chance;
    let token = match app.store.hand_out_password_reset(account.id, &visit(app), &mut chance).await {
        Ok(token) => token,
        Err(Refusal::Gone(_)) => bail!("{} is disabled", account.email),
        Err(refusal) => return Err(refusal.into()),
    };
    let link = app.config.service.public_url.page(&format!("/reset-password?link={}", token.reveal()));
    say(format_args!(
        "Send {} this link. It works once, within 24 hours, to choose a new password; their second factor stays:",
        account.email
    ));
    say(format_args!("\n    {link}\n"));
    Ok(())
}

async fn confirm_address(app: &App, account: &Account) -> anyhow::Result<()> {
    match app.store.vouch_for_address(account.id, &visit(app)).await {
        Ok(()) => say(format_args!("{} is confirmed.", account.email)),
        Err(Refusal::Gone(_)) => bail!("{} is confirmed already", account.email),
        Err(refusal) => return Err(refusal.into()),
    }
    Ok(())
}

async fn reset(app: &App, account: &Account, reason: &str) -> anyhow::Result<()> {
    // The reason stands in the owner's activity: it is shown like a name, and held to the same rules.
    let reason = Name::parse(reason).context("the reason cannot be used")?;
    match app.store.reset_two_factor(account.id, reason.as_str(), &visit(app)).await {
        Ok(()) => say(format_args!("2FA of {} is off. Their sessions have ended.", account.email)),
        Err(Refusal::Gone(_)) => bail!("2FA of {} is off already", account.email),
        Err(refusal) => return Err(refusal.into()),
    }
    match app.store.policy().required {
        Required::OfNobody => Ok(()),
        Required::OfEverybody => give_set_up_link(app, account).await,
    }
}

async fn give_set_up_link(app: &App, account: &Account) -> anyhow::Result<()> {
    let mut chance = app.chance;
    let token = match app.store.give_set_up_link(account.id, &visit(app), &mut chance).await {
        Ok(token) => token,
        Err(Refusal::Gone(_)) => bail!(
            "{} needs no link: nobody has reset its 2FA, or it is on again, or the account is disabled",
            account.email
        ),
        Err(refusal) => return Err(refusal.into()),
    };
    let link = app.config.service.public_url.page(&format!("/sign-in?set_up={}", token.reveal()));
    say(
        "2FA is required, and the password alone does not lead to a new one. Give the owner this link, on a way on which \
         nobody else reads it; it works once, within 24 hours, together with the password:",
    );
    say(format_args!("\n    {link}\n"));
    Ok(())
}

async fn find(app: &App, email: &str) -> anyhow::Result<Account> {
    let account = app.store.account_by_email(&Email::key_of(email)).await?;
    account.with_context(|| format!("no account has the email {email}"))
}

fn visit(app: &App) -> Visit {
    Visit {
        now: app.clock.now(),
        browser: Visit::OF_THE_SERVER.to_owned(),
        address: None,
        actor: Actor::Administrator,
    }
}
