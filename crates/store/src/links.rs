//! One-time links for the owner of an account: of each purpose one by mail and one by hand. By mail it is asked for
//! first, and drawn when the letter that carries it is sent: until then there is nothing that could be stolen.

use countersign::{
    AccountId, Span, Timestamp,
    token::{AddressConfirmation, Kind, PasswordReset, Token, TokenHash},
};
use rand_core::CryptoRng;

use crate::read::{id, one};
use crate::script::{Failed, Read, Script};
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::unavailable::Unavailable;
use crate::value::params;

/// How long a letter is worth sending, however long the way is closed.
pub const WORTH_SENDING: Span = Span::days(1);
/// What one letter uses up: of each purpose an address gets one an hour, whoever asks.
const ONE_EVERY: Span = Span::hours(1);
/// How many hours may be used up ahead: three letters come at once, so that one that went astray costs no hour.
/// Whoever gets no further letter has one whose link was drawn within the last hour.
const AHEAD: Span = Span::hours(2);
/// The condition that an address may be sent one more letter.
pub(crate) const ALLOWED: &str = "another letter, after so many";
/// The condition that a link is good.
pub const GOOD: &str = "the link";

statements! {
    /// Uses up one letter of what an address gets, whether or not anybody has it. What is used up further ahead (`$7`)
    /// than it can be was so under a clock that has since stepped back.
    pub(crate) ALLOW = "INSERT INTO link_allowances (address, purpose, used_until) VALUES ($1, $2, $3) \
        ON CONFLICT (address, purpose) DO UPDATE SET used_until = CASE WHEN link_allowances.used_until > $4 \
        AND link_allowances.used_until <= $7 THEN link_allowances.used_until ELSE $4 END + $5 \
        WHERE link_allowances.used_until <= $6 OR link_allowances.used_until > $7";
    /// Wants a link for the account of an address, if there is one: what was drawn before is over.
    pub(crate) WANT = "INSERT INTO links (account_id, purpose, sent_to, wanted_until, token, good_until) \
        SELECT a.id, $2, a.email_key, $3, NULL, NULL FROM accounts a WHERE a.email_key = $1 AND a.disabled_at IS NULL \
        ON CONFLICT (account_id, purpose, sent_to) DO UPDATE SET wanted_until = excluded.wanted_until, \
        token = NULL, good_until = NULL";
    /// Writes the letter that is to carry it. It says nothing that opens anything.
    pub(crate) ADD_LETTER = "INSERT INTO outbox (cause, letter, account_id, email, name, language, at, browser, address, \
        tries, next_at) SELECT 'link ' || $2 || ' ' || a.id, $3, a.id, a.email, \
        CASE WHEN a.address_confirmed_at IS NULL THEN '' ELSE a.name END, a.language, $4, $5, $6, 0, $4 \
        FROM accounts a WHERE a.email_key = $1 AND a.disabled_at IS NULL";
    /// Drops an earlier letter that still waits: were it sent afterwards, its link would kill the newer one.
    pub(crate) DROP_LETTER = "DELETE FROM outbox WHERE letter = $2 \
        AND account_id = (SELECT id FROM accounts WHERE email_key = $1)";
    /// Draws a link that is wanted, for the address that it is wanted for.
    pub(crate) DRAW = "UPDATE links SET token = $3, good_until = $4 \
        WHERE account_id = $1 AND purpose = $2 AND wanted_until > $5 AND wanted_until <= $6 \
        AND sent_to = (SELECT email_key FROM accounts WHERE id = $1 AND disabled_at IS NULL)";
    /// Keeps a link that an administrator hands out.
    pub(crate) HAND_OUT = "INSERT INTO links (account_id, purpose, sent_to, wanted_until, token, good_until) \
        VALUES ($1, $2, '', $4, $3, $4) ON CONFLICT (account_id, purpose, sent_to) DO UPDATE SET \
        wanted_until = excluded.wanted_until, token = excluded.token, good_until = excluded.good_until";
    /// Whose link it is, while it is good. One that is good for longer than any is was drawn by a clock that has since
    /// stepped back.
    pub(crate) BY_TOKEN = "SELECT a.id, a.email, a.name FROM links l JOIN accounts a ON a.id = l.account_id \
        WHERE l.token = $1 AND l.purpose = $2 AND l.good_until > $3 AND a.disabled_at IS NULL \
        AND l.good_until <= CASE WHEN l.sent_to = '' THEN CAST($4 AS BIGINT) ELSE CAST($5 AS BIGINT) END \
        AND l.sent_to IN ('', a.email_key)";
    /// Spends a link.
    pub(crate) SPEND = "DELETE FROM links WHERE token = $1 AND purpose = $2 AND account_id = $3 AND good_until > $4 \
        AND good_until <= CASE WHEN sent_to = '' THEN CAST($5 AS BIGINT) ELSE CAST($6 AS BIGINT) END \
        AND (sent_to = '' OR sent_to = (SELECT email_key FROM accounts WHERE id = $3))";
    /// Forgets the links of one purpose.
    pub(crate) FORGET = "DELETE FROM links WHERE account_id = $1 AND purpose = $2";
    /// Forgets all links of an account.
    pub(crate) FORGET_EVERY = "DELETE FROM links WHERE account_id = $1";
}

/// What a link is for. Its tokens are of a kind of their own, so that no link is good for anything else.
pub trait Purpose: Kind {
    /// How long a link is good for, once it is drawn.
    const GOOD_FOR: Span;
}

impl Purpose for PasswordReset {
    const GOOD_FOR: Span = Span::hours(1);
}

/// It opens nothing, and whoever signs in at work may read their mail at home.
impl Purpose for AddressConfirmation {
    const GOOD_FOR: Span = Span::hours(24);
}

/// Whose link it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkOf {
    /// Which account.
    pub account: AccountId,
    /// Its address.
    pub email: String,
    /// Its name.
    pub name: String,
}

impl Store {
    /// Draws a link that is wanted, for the letter that is about to carry it. A letter that has to be sent once more
    /// gets a fresh one, and the one before is void. `None` where nobody wants it any more, or the address is
    /// another: the letter need not be sent.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn draw_link<K: Purpose>(
        &self,
        account: AccountId,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Option<Token<K>>, Unavailable> {
        let token: Token<K> = Token::fresh(rng);
        let until = (now + K::GOOD_FOR).milliseconds();
        let wanted = (now + WORTH_SENDING).milliseconds();
        let values =
            params![account.to_string(), K::WORD, token.hash().as_bytes(), until, now.milliseconds(), wanted];
        match self.database.write(Script::new().must(GOOD, DRAW, values)).await {
            Ok(_) => Ok(Some(token)),
            Err(Failed::Refused { .. }) => Ok(None),
            Err(Failed::Unavailable(unavailable)) => Err(unavailable),
        }
    }

    /// Whose link it is, while it is good. Looking spends nothing: those who scan letters look at every link.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn link_of<K: Purpose>(
        &self,
        token: &TokenHash<K>,
        now: Timestamp,
    ) -> Result<Option<LinkOf>, Unavailable> {
        let [by_hand, by_mail] = good_at_most::<K>(now);
        let values = params![token.as_bytes(), K::WORD, now.milliseconds(), by_hand, by_mail];
        let answers = self.database.read(Read::new().select(BY_TOKEN, values)).await?;
        let Some(row) = one(&answers, 0) else { return Ok(None) };
        Ok(Some(LinkOf {
            account: id(row.text(0)?, AccountId::parse)?,
            email: row.text(1)?.to_owned(),
            name: row.text(2)?.to_owned(),
        }))
    }
}

/// Uses up one letter of what an address gets. It costs whoever asks again no more than this one look.
pub(crate) fn allow<K: Purpose>(address: &str, now: Timestamp) -> Script {
    let ms = Timestamp::milliseconds;
    let every = ONE_EVERY.as_milliseconds();
    let most = ms(now + AHEAD + ONE_EVERY);
    let values = params![address, K::WORD, ms(now + ONE_EVERY), ms(now), every, ms(now + AHEAD), most];
    Script::new().must(ALLOWED, ALLOW, values)
}

/// Wants a link for whoever has this address, and writes the letter that is to carry it.
pub(crate) fn want<K: Purpose>(address: &str, visit: &Visit) -> Script {
    let now = visit.now.milliseconds();
    let letter = params![
        address,
        format!("{} {now}", K::WORD),
        K::WORD,
        now,
        visit.browser.as_str(),
        visit.address.clone()
    ];
    let until = (visit.now + WORTH_SENDING).milliseconds();
    Script::new()
        .may(WANT, params![address, K::WORD, until])
        .letter(DROP_LETTER, params![address, K::WORD])
        .letter(ADD_LETTER, letter)
}

/// Until when a link can be good at most, one handed out and one sent.
fn good_at_most<K: Purpose>(now: Timestamp) -> [i64; 2] {
    [WORTH_SENDING, K::GOOD_FOR].map(|span| (now + span).milliseconds())
}

/// Keeps a link that an administrator hands out: it is good for a day.
pub(crate) fn hand_out<K: Purpose>(account: AccountId, token: &TokenHash<K>, now: Timestamp) -> Script {
    let until = (now + WORTH_SENDING).milliseconds();
    Script::new().may(HAND_OUT, params![account.to_string(), K::WORD, token.as_bytes(), until])
}

/// Spends a link of this account.
pub(crate) fn spend<K: Purpose>(account: AccountId, token: &TokenHash<K>, visit: &Visit) -> Script {
    let [by_hand, by_mail] = good_at_most::<K>(visit.now);
    let now = visit.now.milliseconds();
    let values = params![token.as_bytes(), K::WORD, account.to_string(), now, by_hand, by_mail];
    Script::new().must(GOOD, SPEND, values)
}

/// Forgets the links of one purpose.
pub(crate) fn forget<K: Purpose>(account: AccountId) -> Script {
    Script::new().may(FORGET, params![account.to_string(), K::WORD])
}

/// Forgets all links of an account.
pub(crate) fn forget_every(account: AccountId) -> Script {
    Script::new().may(FORGET_EVERY, params![account.to_string()])
}
