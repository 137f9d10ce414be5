//! Sites that are open in a session: each has a token of its own, which opens nothing else, and all of them end with the
//! session.

use countersign::{
    SessionId, Span, Timestamp,
    clock_difference::TOLERATED,
    event::{Kind, Method},
    group::Group,
    token::{Site, SiteBegin, SiteTicket, Token, TokenHash},
};
use rand_core::CryptoRng;

use crate::events;
use crate::groups::groups_of;
use crate::read::{all, one};
use crate::refusal::Refusal;
use crate::script::{Read, Script};
use crate::sessions::{self, Session};
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::unavailable::Unavailable;
use crate::value::{Value, params};

/// How long a ticket may be on its way: one redirect.
pub const TICKET_GOOD_FOR: Span = Span::minutes(1);

/// The condition that a ticket is good: of this site, of this browser, in time and unspent.
pub const TICKET: &str = "the ticket";

statements! {
    /// Keeps a ticket of a session that is still there.
    pub(crate) KEEP_TICKET = "INSERT INTO site_tickets (token, session_id, site, begun, path, expires_at) \
        SELECT $1, s.id, $4, $5, $6, $7 FROM sessions s JOIN accounts a ON a.id = s.account_id \
        WHERE s.id = $2 AND a.id = $3 AND a.disabled_at IS NULL";
    /// Opens the site of a ticket. A session has one token for each site: a new one takes the place of the old.
    pub(crate) OPEN = "INSERT INTO site_sessions (token, session_id, site, created_at) \
        SELECT $1, t.session_id, t.site, $2 FROM site_tickets t \
        WHERE t.token = $3 AND t.site = $4 AND t.begun = $5 AND t.expires_at > $2 AND t.expires_at <= $6 \
        ON CONFLICT (session_id, site) DO UPDATE SET token = excluded.token, created_at = excluded.created_at";
    /// Tells of it: once for each opening.
    pub(crate) APPEND_ENTERED = "INSERT INTO events (account_id, at, kind, actor, method, browser, address, subject, \
        session_id) SELECT s.account_id, $1, $2, $3, $4, $5, $6, $7, s.id FROM site_tickets t \
        JOIN sessions s ON s.id = t.session_id WHERE t.token = $8";
    /// Tells that a session may not see a site: once, however often it tries.
    pub(crate) APPEND_REFUSED = "INSERT INTO events (account_id, at, kind, actor, method, browser, address, subject, \
        session_id) SELECT s.account_id, $1, $2, $3, $4, $5, $6, $7, s.id FROM sessions s WHERE s.id = $8 \
        AND NOT EXISTS (SELECT 1 FROM events e WHERE e.session_id = s.id AND e.kind = $2 AND e.subject = $7)";
    /// Spends the ticket, and says where it leads.
    pub(crate) SPEND_TICKET = "DELETE FROM site_tickets WHERE token = $1 RETURNING path";
    /// The session behind the token of a site, with its account: a row for each of its groups, one where it has none.
    pub(crate) BY_TOKEN = "SELECT s.id, s.account_id, s.methods, s.factor_at, s.created_at, s.seen_at, a.email, \
        a.email_key, a.name, a.language, a.address_confirmed_at, a.two_factor_at, g.name FROM site_sessions w \
        JOIN sessions s ON s.id = w.session_id JOIN accounts a ON a.id = s.account_id \
        LEFT JOIN account_groups g ON g.account_id = a.id \
        WHERE w.token = $1 AND w.site = $2 AND a.disabled_at IS NULL AND s.created_at > $3 AND s.seen_at > $4 \
        ORDER BY g.name";
    /// Closes the sites of one session.
    pub(crate) CLOSE_OF_SESSION = "DELETE FROM site_sessions WHERE session_id = $1";
    /// Forgets what is on its way to them.
    pub(crate) FORGET_TICKETS_OF_SESSION = "DELETE FROM site_tickets WHERE session_id = $1";
    /// Closes the sites of every session of an account.
    pub(crate) CLOSE_OF_ACCOUNT = "DELETE FROM site_sessions \
        WHERE session_id IN (SELECT id FROM sessions WHERE account_id = $1)";
    /// Forgets what is on its way to them.
    pub(crate) FORGET_TICKETS_OF_ACCOUNT = "DELETE FROM site_tickets \
        WHERE session_id IN (SELECT id FROM sessions WHERE account_id = $1)";
}

/// Somebody at a site.
#[derive(Clone, Debug)]
pub struct Guest {
    /// The session of the portal, and whose it is.
    pub session: Session,
    /// The groups of the account.
    pub groups: Vec<Group>,
}

impl Store {
    /// A ticket that opens a site to the browser that it was begun in, once and within [`TICKET_GOOD_FOR`].
    ///
    /// # Errors
    /// [`Refusal::Gone`]: the session has ended since it was read.
    pub async fn draw_site_ticket(
        &self,
        session: &Session,
        site: &str,
        begun: &TokenHash<SiteBegin>,
        path: &str,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Token<SiteTicket>, Refusal> {
        let ticket: Token<SiteTicket> = Token::fresh(rng);
        let values = params![
            ticket.hash().as_bytes(),
            session.id.to_string(),
            session.account.to_string(),
            site,
            begun.as_bytes(),
            path,
            (now + TICKET_GOOD_FOR).milliseconds()
        ];
        self.database.write(Script::new().must(sessions::THERE, KEEP_TICKET, values)).await?;
        Ok(ticket)
    }

    /// Spends a ticket. Returns the token of the site, and the page that was wanted there.
    ///
    /// # Errors
    /// [`Refusal::Gone`] at [`TICKET`]: it is of another site or another browser, over, spent, or its session has ended.
    pub async fn open_site(
        &self,
        ticket: &TokenHash<SiteTicket>,
        site: &str,
        begun: &TokenHash<SiteBegin>,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<(Token<Site>, String), Refusal> {
        let (token, now): (Token<Site>, _) = (Token::fresh(rng), visit.now);
        let values = params![
            token.hash().as_bytes(),
            now.milliseconds(),
            ticket.as_bytes(),
            site,
            begun.as_bytes(),
            // The node that drew it may be ahead of this one, to which its redirect has led a moment later.
            (now + TICKET_GOOD_FOR + TOLERATED).milliseconds()
        ];
        let mut told = told(Kind::SiteEntered, site, visit);
        told.extend(params![ticket.as_bytes()]);
        let script = Script::new().must(TICKET, OPEN, values).may(APPEND_ENTERED, told).must_return(
            TICKET,
            SPEND_TICKET,
            params![ticket.as_bytes()],
        );
        let written = self.database.write(script).await?;
        let path = written.row(0).ok_or(Refusal::Gone(TICKET))?.text(0)?.to_owned();
        Ok((token, path))
    }

    /// Tells that a session may not see a site.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`].
    pub async fn refused_at_site(&self, session: &Session, site: &str, visit: &Visit) -> Result<(), Refusal> {
        let mut told = told(Kind::SiteRefused, site, visit);
        told.extend(params![session.id.to_string()]);
        Ok(self.database.write(Script::new().may(APPEND_REFUSED, told)).await.map(drop)?)
    }

    /// Who is at a site, by the token of that site: one read of one snapshot.
    ///
    /// # Errors
    /// [`Unavailable`]: never to be read as "not signed in".
    pub async fn guest(
        &self,
        token: &TokenHash<Site>,
        site: &str,
        now: Timestamp,
    ) -> Result<Option<Guest>, Unavailable> {
        let (created, seen) = self.alive_since(now);
        let read = Read::new().select(BY_TOKEN, params![token.as_bytes(), site, created, seen]);
        let answers = self.database.read(read).await?;
        let found = one(&answers, 0).map(sessions::session_of).transpose()?;
        let groups = groups_of(all(&answers, 0), 12)?;
        Ok(self.still_living(found, now).await.map(|session| Guest { session, groups }))
    }
}

/// How a line about a site begins, and the site as people know it: without its scheme.
fn told(kind: Kind, site: &str, visit: &Visit) -> Vec<Value> {
    let host = site.split_once("://").map_or(site, |(_, host)| host);
    let mut told = events::after_the_account(kind, Some(Method::Session), visit);
    told.extend(params![host]);
    told
}

/// Closes the sites of one session: it goes on, and whoever has a copy of one of its cookies does not.
pub(crate) fn close_of_session(session: SessionId) -> Script {
    let which = || params![session.to_string()];
    Script::new().may(CLOSE_OF_SESSION, which()).may(FORGET_TICKETS_OF_SESSION, which())
}

/// Closes the sites of every session of an account.
pub(crate) fn close_of_account(account: countersign::AccountId) -> Script {
    let whose = || params![account.to_string()];
    Script::new().may(CLOSE_OF_ACCOUNT, whose()).may(FORGET_TICKETS_OF_ACCOUNT, whose())
}
