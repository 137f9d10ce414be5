//! The way in: SSH asks for the password, then for the code, each on a line of its own (RFC 4256).

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write as _;
use std::mem;
use std::net::SocketAddr;
use std::sync::Arc;

use countersign_store::application_accounts::ApplicationAccount;
use russh::server::{Auth, ChannelOpenHandle, Handler, Msg, Response, Session};
use russh::{Channel, ChannelId};
use tokio::sync::Notify;
use zeroize::Zeroizing;

use crate::repositories::Repositories;
use crate::second_factor::{No, SecondFactor};
use crate::users::Users;

/// How many codes may be typed before the password is asked again. It is for comfort: what guessing costs is decided by
/// the guess budget, however many connections there are.
const CODES: u8 = 3;
/// At most so many recovery codes left are worth a word.
const FEW: usize = 3;

/// What every connection needs.
#[derive(Clone)]
pub(crate) struct Door {
    users: Users,
    second_factor: SecondFactor,
    repositories: Repositories,
}

/// One connection.
pub(crate) struct Visitor {
    door: Door,
    address: String,
    asked: Asked,
    is_in: Arc<Notify>,
    channels: HashMap<ChannelId, Channel<Msg>>,
}

/// What the client was asked last. Whose account it is stands here, and is never taken from an answer.
#[derive(Default)]
enum Asked {
    #[default]
    Nothing,
    /// The password of whoever has this name, if anybody has.
    Password(String),
    /// Past the password: a code, so many times more.
    Code(ApplicationAccount, u8),
    /// Only to read something, before it is let in or refused.
    ToRead(Auth),
}

impl Door {
    pub(crate) fn new(users: Users, second_factor: SecondFactor, repositories: Repositories) -> Self {
        Self { users, second_factor, repositories }
    }

    pub(crate) fn visitor(&self, address: SocketAddr) -> Visitor {
        Visitor {
            door: self.clone(),
            address: address.ip().to_string(),
            asked: Asked::Nothing,
            is_in: Arc::default(),
            channels: HashMap::new(),
        }
    }
}

impl Handler for Visitor {
    type Error = anyhow::Error;

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _: &str,
        response: Option<Response<'a>>,
    ) -> anyhow::Result<Auth> {
        let asked = mem::take(&mut self.asked);
        let Some(mut response) = response else {
            // A dialogue begins, and whatever was shown in another one counts for nothing.
            self.asked = Asked::Password(user.to_owned());
            return Ok(ask("", "Password: ", false));
        };
        let typed = Zeroizing::new(response.next().unwrap_or_default().to_vec());
        let typed = str::from_utf8(&typed).unwrap_or_default();
        let answer = match asked {
            Asked::Nothing => Ok(Auth::reject()),
            Asked::Password(name) => self.after_password(name, typed).await,
            Asked::Code(account, tries) => self.after_code(account, typed, tries).await,
            Asked::ToRead(answer) => Ok(answer),
        };
        // With the second factor out of reach nobody is let in.
        Ok(answer.unwrap_or_else(|error| {
            say(&error);
            self.tell("This does not work at the moment. Try again later.", Auth::reject())
        }))
    }

    async fn auth_succeeded(&mut self, _: &mut Session) -> anyhow::Result<()> {
        self.is_in.notify_one();
        Ok(())
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> anyhow::Result<()> {
        self.channels.insert(channel.id(), channel);
        reply.accept().await;
        Ok(())
    }

    /// Only those come here who were let in: russh answers nobody else.
    async fn exec_request(
        &mut self,
        id: ChannelId,
        command: &[u8],
        session: &mut Session,
    ) -> anyhow::Result<()> {
        match (self.channels.remove(&id), self.door.repositories.program(command)) {
            (Some(channel), Some(program)) => {
                session.channel_success(id)?;
                tokio::spawn(async move { Repositories::run(program, channel).await.inspect_err(say) });
            }
            _ => session.channel_failure(id)?,
        }
        Ok(())
    }

    /// There is no shell. Without an answer the client would wait for one.
    async fn shell_request(&mut self, id: ChannelId, session: &mut Session) -> anyhow::Result<()> {
        Ok(session.channel_failure(id)?)
    }

    /// Nor is there sftp.
    async fn subsystem_request(
        &mut self,
        id: ChannelId,
        _: &str,
        session: &mut Session,
    ) -> anyhow::Result<()> {
        Ok(session.channel_failure(id)?)
    }
}

impl Visitor {
    /// Hears when somebody is let in.
    pub(crate) fn is_in(&self) -> Arc<Notify> {
        Arc::clone(&self.is_in)
    }

    async fn after_password(&mut self, name: String, typed: &str) -> anyhow::Result<Auth> {
        if !self.door.users.is_password_of(name.clone(), typed.to_owned()).await? {
            return Ok(Auth::reject());
        }
        Ok(match self.door.second_factor.on(&name).await? {
            // A right password alone opens nothing.
            Some(account) => self.ask_for_code("", account, CODES),
            None => {
                self.tell("Your second factor is not set up. Ask whoever runs this server.", Auth::reject())
            }
        })
    }

    async fn after_code(
        &mut self,
        account: ApplicationAccount,
        typed: &str,
        tries: u8,
    ) -> anyhow::Result<Auth> {
        match self.door.second_factor.verify(&account, typed, &self.address).await {
            Ok(left) if left <= FEW => {
                Ok(self.tell(format!("You have {left} recovery codes left."), Auth::Accept))
            }
            Ok(_) => Ok(Auth::Accept),
            Err(No::Because(reason)) if tries > 1 => Ok(self.ask_for_code(reason, account, tries - 1)),
            Err(No::Because(reason)) => Ok(self.tell(reason, Auth::reject())),
            Err(No::Broken(error)) => Err(error),
        }
    }

    fn ask_for_code(
        &mut self,
        said: impl Into<Cow<'static, str>>,
        account: ApplicationAccount,
        tries: u8,
    ) -> Auth {
        self.asked = Asked::Code(account, tries);
        ask(said, "Authentication code: ", true)
    }

    /// Says something that needs no answer: what comes of it is decided already.
    fn tell(&mut self, said: impl Into<Cow<'static, str>>, then: Auth) -> Auth {
        self.asked = Asked::ToRead(then);
        Auth::Partial { name: "".into(), instructions: said.into(), prompts: Cow::Borrowed(&[]) }
    }
}

fn ask(said: impl Into<Cow<'static, str>>, question: &'static str, seen: bool) -> Auth {
    let prompts = vec![(question.into(), seen)].into();
    Auth::Partial { name: "".into(), instructions: said.into(), prompts }
}

/// For whoever runs the server. No error holds what somebody typed.
pub(crate) fn say(error: &anyhow::Error) {
    let _unheard = writeln!(std::io::stderr(), "{error:#}");
}
