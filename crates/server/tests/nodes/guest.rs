//! Somebody's browser, as far as sockets can tell: it keeps cookies and speaks to whichever port a test names.

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use countersign_server::clock::{Clock as _, WallClock};

use crate::person::{Person, code_of};
use crate::world::{PASSWORD, STEP};

/// Longer than anything takes that ever ends.
const LONG: Duration = Duration::from_secs(60);

/// The browser.
#[derive(Clone, Default)]
pub(crate) struct Guest {
    /// Its cookies, by name.
    pub(crate) jar: BTreeMap<String, String>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Its status.
    pub(crate) status: u16,
    /// Its head and its text.
    pub(crate) text: String,
    asked: String,
}

/// A request of which the last byte is missing.
pub(crate) struct Held {
    stream: TcpStream,
    last: Vec<u8>,
    asked: String,
}

impl Guest {
    /// Opens a page.
    #[track_caller]
    pub(crate) fn get(&mut self, port: u16, path: &str) -> Answer {
        self.send(port, "GET", path, &[]).unwrap()
    }

    /// Sends a form as one of our own pages does.
    #[track_caller]
    pub(crate) fn post(&mut self, port: u16, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(port, "POST", path, fields).unwrap()
    }

    /// One of both, where it may happen that nobody answers.
    pub(crate) fn send(
        &mut self,
        port: u16,
        method: &str,
        path: &str,
        fields: &[(&str, &str)],
    ) -> io::Result<Answer> {
        let answer = self.hold(port, method, path, fields)?.answer()?;
        self.keep_cookies(&answer);
        Ok(answer)
    }

    /// Sends all of a request but its last byte.
    pub(crate) fn hold(
        &self,
        port: u16,
        method: &str,
        path: &str,
        fields: &[(&str, &str)],
    ) -> io::Result<Held> {
        let form = match method {
            "POST" => serde_urlencoded::to_string(fields).unwrap(),
            _ => String::new(),
        };
        let cookies: Vec<String> = self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost:{port}\r\nconnection: close\r\ncookie: {}\r\n",
            cookies.join("; ")
        );
        if method == "POST" {
            head += &format!(
                "sec-fetch-site: same-origin\r\ncontent-type: application/x-www-form-urlencoded\r\n\
                 content-length: {}\r\n",
                form.len()
            );
        }
        let mut bytes = format!("{head}\r\n{form}").into_bytes();
        let last = bytes.split_off(bytes.len() - 1);
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(LONG))?;
        stream.set_nodelay(true)?;
        stream.write_all(&bytes)?;
        Ok(Held { stream, last, asked: format!("{method} {path} of {port}") })
    }

    /// Keeps cookies as the answer says.
    pub(crate) fn keep_cookies(&mut self, answer: &Answer) {
        for cookie in answer.headers("set-cookie") {
            let (name, rest) = cookie.split_once('=').unwrap();
            match rest.contains("Max-Age=0") {
                true => self.jar.remove(name),
                false => self.jar.insert(name.to_owned(), rest.split(';').next().unwrap().to_owned()),
            };
        }
    }

    /// Types email and password.
    #[track_caller]
    pub(crate) fn type_password(&mut self, port: u16, person: &Person) -> Answer {
        self.post(port, "/sign-in", &[("email", &person.email), ("password", PASSWORD)])
    }

    /// A browser in which the password was just right, and a code is asked for.
    #[track_caller]
    pub(crate) fn pending(port: u16, person: &Person) -> Self {
        let mut guest = Self::default();
        guest.type_password(port, person).leads_to("/sign-in/code");
        guest
    }

    /// A browser that was signed in with this code.
    #[track_caller]
    pub(crate) fn signed_in(port: u16, person: &Person, code: &str) -> Self {
        let mut guest = Self::pending(port, person);
        guest.post(port, "/sign-in/code", &[("code", code)]).leads_to("/account");
        guest
    }

    /// Whether it is signed in, as this port sees it.
    #[track_caller]
    pub(crate) fn is_signed_in(&self, port: u16) -> bool {
        let answer = self.clone().get(port, "/account");
        assert!([200, 303].contains(&answer.status), "{answer:?}");
        answer.status == 200
    }
}

impl Held {
    /// Sends the last byte, and waits for the answer.
    pub(crate) fn answer(mut self) -> io::Result<Answer> {
        self.stream.write_all(&self.last)?;
        let mut bytes = Vec::new();
        self.stream.read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| io::Error::other(format!("{}: no answer", self.asked)))?;
        Ok(Answer { status, text, asked: self.asked })
    }
}

impl Answer {
    /// The values of a header.
    pub(crate) fn headers(&self, name: &str) -> Vec<&str> {
        let head = self.text.split("\r\n\r\n").next().unwrap_or_default();
        let headers = head.lines().filter_map(|line| line.split_once(": "));
        headers.filter(|(one, _)| one.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
    }

    /// Where it leads, or nothing.
    pub(crate) fn location(&self) -> &str {
        self.headers("location").first().copied().unwrap_or_default()
    }

    /// It has this status.
    #[track_caller]
    pub(crate) fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.text);
        self
    }

    /// It leads on to this address.
    #[track_caller]
    pub(crate) fn leads_to(&self, path: &str) -> &Self {
        assert_eq!((self.status, self.location()), (303, path), "{}: {}", self.asked, self.text);
        self
    }

    /// What stands between the first `before` and the next `after`.
    #[track_caller]
    pub(crate) fn between(&self, before: &str, after: &str) -> String {
        let rest = self.text.split_once(before).unwrap_or_else(|| panic!("no {before:?} in {self:?}")).1;
        rest.split_once(after).unwrap().0.to_owned()
    }
}

impl Person {
    /// What their app shows at the machine's moment, or so many steps later.
    pub(crate) fn code_of_now(&self, steps: i64) -> String {
        code_of(&self.key(), WallClock.now_ms() + steps * STEP)
    }

    /// A code that is wrong for some minutes, whatever is right.
    pub(crate) fn wrong_code_of_now(&self) -> String {
        let right: Vec<String> = (-1..=9).map(|steps| self.code_of_now(steps)).collect();
        (0..20).map(|n| format!("{n:06}")).find(|code| !right.contains(code)).unwrap()
    }
}
