//! Somebody's browser, as far as sockets can tell: it keeps the cookies of each host, follows redirects from host to
//! host, and goes through the proxy.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use countersign_server::clock::{Clock as _, WallClock};

use crate::person::{Person, code_of};
use crate::world::{PASSWORD, STEP};

/// The wiki's host.
pub(crate) const WIKI: &str = "wiki.example.com";
/// The portal's host.
pub(crate) const PORTAL: &str = "sign-in.example.com";

/// Longer than anything takes that ever ends.
const LONG: Duration = Duration::from_secs(60);
const PAGE: &str = "accept: text/html,*/*;q=0.8\r\nsec-fetch-mode: navigate\r\nsec-fetch-dest: document\r\n";

/// The browser.
#[derive(Clone)]
pub(crate) struct Visitor {
    place: SocketAddr,
    /// Its cookies, by host and name.
    pub(crate) jar: BTreeMap<(String, String), String>,
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

impl Visitor {
    pub(crate) fn new(place: SocketAddr) -> Self {
        Self { place, jar: BTreeMap::new() }
    }

    /// Opens a page, and goes where it is led, through all hosts.
    pub(crate) fn opens(&mut self, host: &str, path: &str) -> Answer {
        let (mut host, mut path) = (host.to_owned(), path.to_owned());
        for _ in 0..12 {
            let answer = self.get(&host, &path);
            let onward = if answer.text.contains("http-equiv=\"refresh\"") {
                answer.between("url=", "\"").replace("&#38;", "&")
            } else if matches!(answer.status, 302 | 303) {
                answer.header("location").unwrap().to_owned()
            } else {
                return answer;
            };
            if let Some(whole) = onward.strip_prefix("https://") {
                let (there, rest) = whole.split_once('/').unwrap();
                (host, path) = (there.to_owned(), format!("/{rest}"));
            } else {
                path = onward;
            }
        }
        panic!("led in a circle, at last to {host}{path}");
    }

    /// Opens a page, and goes nowhere else.
    pub(crate) fn get(&mut self, host: &str, path: &str) -> Answer {
        self.send(host, "GET", path, PAGE, "")
    }

    /// Sends a form as a page of that very host does.
    pub(crate) fn post(&mut self, host: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = serde_urlencoded::to_string(fields).unwrap();
        let says = format!(
            "{PAGE}sec-fetch-site: same-origin\r\ncontent-type: application/x-www-form-urlencoded\r\n\
             content-length: {}\r\n",
            body.len()
        );
        self.send(host, "POST", path, &says, &body)
    }

    /// Sends a request with these headers besides.
    pub(crate) fn send(&mut self, host: &str, method: &str, path: &str, says: &str, body: &str) -> Answer {
        let asked = format!("{method} https://{host}{path}");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{}{says}\r\n",
            self.cookies(host)
        );
        let mut stream = TcpStream::connect(self.place).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        // Whoever refuses an upload does not read it to its end.
        let _ = stream.write_all(body.as_bytes());
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("{asked}: no answer: {text:?}"));
        let answer = Answer { status, text, asked };
        self.keep_cookies(host, &answer);
        answer
    }

    /// Its cookies of a host, as a header.
    pub(crate) fn cookies(&self, host: &str) -> String {
        let own = self.jar.iter().filter(|((of, _), _)| of == host);
        let pairs: Vec<String> = own.map(|((_, name), value)| format!("{name}={value}")).collect();
        if pairs.is_empty() { String::new() } else { format!("cookie: {}\r\n", pairs.join("; ")) }
    }

    fn keep_cookies(&mut self, host: &str, answer: &Answer) {
        for cookie in answer.headers("set-cookie") {
            let (name, rest) = cookie.split_once('=').unwrap();
            assert!(
                name.starts_with("__Host-") && rest.contains("Secure") && rest.contains("HttpOnly"),
                "{cookie}"
            );
            let key = (host.to_owned(), name.to_owned());
            match rest.contains("Max-Age=0") {
                true => self.jar.remove(&key),
                false => self.jar.insert(key, rest.split(';').next().unwrap().to_owned()),
            };
        }
    }

    /// Types email, password and code where opening a page has led, and is led to the end.
    pub(crate) fn signs_in(&mut self, person: &Person, at: &Answer) -> Answer {
        let next = at.between("name=\"next\" value=\"", "\"").replace("&#38;", "&");
        let fields = [("email", &*person.email), ("password", PASSWORD), ("next", &next)];
        self.post(PORTAL, "/sign-in", &fields).leads_to("/sign-in/code");
        let on = self.post(PORTAL, "/sign-in/code", &[("code", &code_of_now(person, 0))]);
        let on = on.is(303).header("location").unwrap().to_owned();
        self.opens(PORTAL, &on)
    }

    pub(crate) fn signs_out(&mut self) {
        self.post(PORTAL, "/sign-out", &[]).leads_to("/sign-in");
    }
}

/// What an app shows at the machine's moment, or so many steps later.
pub(crate) fn code_of_now(person: &Person, steps: i64) -> String {
    code_of(&person.key(), WallClock.now_ms() + steps * STEP)
}

impl Answer {
    /// The values of a header.
    pub(crate) fn headers(&self, name: &str) -> Vec<&str> {
        let head = self.text.split("\r\n\r\n").next().unwrap_or_default();
        let headers = head.lines().filter_map(|line| line.split_once(": "));
        headers.filter(|(one, _)| one.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).first().copied()
    }

    #[track_caller]
    pub(crate) fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.text);
        self
    }

    #[track_caller]
    pub(crate) fn leads_to(&self, path: &str) -> &Self {
        assert_eq!(
            (self.status, self.header("location")),
            (303, Some(path)),
            "{}: {}",
            self.asked,
            self.text
        );
        self
    }

    #[track_caller]
    pub(crate) fn says(&self, words: &str) -> &Self {
        assert!(self.text.contains(words), "{} does not say {words:?}: {}", self.asked, self.text);
        self
    }

    /// What the application got of a header.
    #[track_caller]
    pub(crate) fn got(&self, name: &str) -> Vec<&str> {
        let head = self.is(200).text.split_once("the application got\n").unwrap().1;
        let headers = head.lines().filter_map(|line| line.split_once(": "));
        headers.filter(|(one, _)| one.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
    }

    #[track_caller]
    pub(crate) fn between(&self, before: &str, after: &str) -> String {
        let rest = self.text.split_once(before).unwrap_or_else(|| panic!("no {before:?} in {self:?}")).1;
        rest.split_once(after).unwrap().0.to_owned()
    }
}
