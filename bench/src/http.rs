//! One kept connection to a server: HTTP/1.1, as little of it as a load needs.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A connection that is opened when it is needed, and again after the server closed it.
pub(crate) struct Connection {
    to: SocketAddr,
    host: String,
    stream: Option<TcpStream>,
    wire: Vec<u8>,
    /// How often it was opened.
    pub(crate) opened: u64,
}

/// What was answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The cookies that the answer sets.
    pub(crate) fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers
            .iter()
            .filter(|(header, _)| header == "set-cookie")
            .filter_map(|(_, value)| value.split(';').next()?.split_once('='))
    }
}

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// How the length of a body is known.
enum Length {
    Bytes(usize),
    Chunks,
    UntilTheEnd,
}

impl Connection {
    pub(crate) fn to(to: SocketAddr) -> Self {
        Self { to, host: to.to_string(), stream: None, wire: Vec::with_capacity(4096), opened: 0 }
    }

    /// Sends a request and reads all of its answer. `headers` are whole lines.
    pub(crate) async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: Option<(&str, &str)>,
    ) -> io::Result<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                self.opened += 1;
                let stream = TcpStream::connect(self.to).await?;
                stream.set_nodelay(true)?;
                stream
            }
        };
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n{headers}", self.host);
        if let Some((kind, body)) = body {
            request
                .push_str(&format!("Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
        } else {
            request.push_str("\r\n");
        }
        stream.write_all(request.as_bytes()).await?;
        let (answer, stays) = self.read(&mut stream).await?;
        if stays {
            self.stream = Some(stream);
        }
        Ok(answer)
    }

    async fn read(&mut self, stream: &mut TcpStream) -> io::Result<(Answer, bool)> {
        self.wire.clear();
        let (mut answer, head, length, stays) = loop {
            self.more(stream).await?;
            if let Some(parsed) = parse(&self.wire)? {
                break parsed;
            }
        };
        let mut body = self.wire.split_off(head);
        std::mem::swap(&mut body, &mut self.wire);
        match length {
            Length::Bytes(length) => {
                while self.wire.len() < length {
                    self.more(stream).await?;
                }
            }
            Length::Chunks => loop {
                if let Some(whole) = unchunked(&self.wire)? {
                    self.wire = whole;
                    break;
                }
                self.more(stream).await?;
            },
            Length::UntilTheEnd => while self.more(stream).await.is_ok() {},
        }
        answer.body = std::mem::take(&mut self.wire);
        Ok((answer, stays))
    }

    async fn more(&mut self, stream: &mut TcpStream) -> io::Result<()> {
        match stream.read_buf(&mut self.wire).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

/// Head, its length, how long the body is, and whether the connection stays.
fn parse(wire: &[u8]) -> io::Result<Option<(Answer, usize, Length, bool)>> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut headers);
    let head = match response.parse(wire).map_err(|_| bad("not an answer of HTTP/1.1"))? {
        httparse::Status::Complete(head) => head,
        httparse::Status::Partial => return Ok(None),
    };
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let headers = response.headers.iter().map(|h| (h.name.to_lowercase(), text(h.value))).collect();
    let answer = Answer { status: response.code.unwrap_or(0), headers, body: Vec::new() };
    let length = match (answer.header("content-length"), answer.header("transfer-encoding")) {
        _ if answer.status == 204 || answer.status == 304 => Length::Bytes(0),
        (_, Some(coding)) if coding.eq_ignore_ascii_case("chunked") => Length::Chunks,
        (Some(length), _) => Length::Bytes(length.parse().map_err(|_| bad("no length"))?),
        (None, _) => Length::UntilTheEnd,
    };
    let closes = answer.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    let stays = !closes && !matches!(length, Length::UntilTheEnd) && response.version == Some(1);
    Ok(Some((answer, head, length, stays)))
}

/// The body of a chunked answer, once all of it is here.
fn unchunked(wire: &[u8]) -> io::Result<Option<Vec<u8>>> {
    let (mut whole, mut rest) = (Vec::new(), wire);
    loop {
        let Ok(httparse::Status::Complete((start, length))) = httparse::parse_chunk_size(rest) else {
            return Ok(None);
        };
        let length = usize::try_from(length).map_err(|_| bad("a chunk too long"))?;
        let Some(chunk) = rest.get(start..start + length + 2) else { return Ok(None) };
        if length == 0 {
            return Ok(Some(whole));
        }
        whole.extend_from_slice(&chunk[..length]);
        rest = &rest[start + length + 2..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_to_its_end_and_no_further() {
        let wire = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: a=1; Path=/\r\n\r\nok";
        assert!(parse(&wire[..20]).unwrap().is_none(), "the head is not here yet");
        let (answer, head, length, stays) = parse(wire).unwrap().unwrap();
        assert_eq!((answer.status, head, stays), (200, wire.len() - 2, true));
        assert!(matches!(length, Length::Bytes(2)));
        assert_eq!(answer.cookies().collect::<Vec<_>>(), [("a", "1")]);
    }

    #[test]
    fn an_empty_answer_has_no_body_to_wait_for() {
        let (_, _, length, stays) = parse(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap().unwrap();
        assert!(matches!(length, Length::Bytes(0)) && stays);
        let (_, _, length, stays) = parse(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").unwrap().unwrap();
        assert!(matches!(length, Length::UntilTheEnd) && !stays);
    }

    #[test]
    fn chunks_are_put_together_once_the_last_is_here() {
        let whole = b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
        assert_eq!(unchunked(whole).unwrap().unwrap(), b"abcde");
        for cut in 0..whole.len() {
            assert!(unchunked(&whole[..cut]).unwrap().is_none(), "cut at {cut}");
        }
    }
}
