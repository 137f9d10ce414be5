//! The application behind: it knows nothing of Countersign, answers with what it got, and counts.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::process::free_place;

/// It serves until the test ends.
#[derive(Clone)]
pub(crate) struct Application {
    /// Where.
    pub(crate) place: SocketAddr,
    reached: Arc<AtomicUsize>,
}

impl Application {
    pub(crate) fn start() -> Self {
        let place = free_place();
        let listener = TcpListener::bind(place).unwrap();
        let application = Self { place, reached: Arc::default() };
        let reached = Arc::clone(&application.reached);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let reached = Arc::clone(&reached);
                thread::spawn(move || answer(stream, &reached));
            }
        });
        application
    }

    /// How many requests have come through.
    pub(crate) fn reached(&self) -> usize {
        self.reached.load(Ordering::SeqCst)
    }
}

fn answer(mut stream: TcpStream, reached: &AtomicUsize) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head)? == 0 {
                return Ok(());
            }
        }
        reached.fetch_add(1, Ordering::SeqCst);
        let header = |name: &str| {
            let mut lines = head.lines().filter_map(|line| line.split_once(": "));
            lines.find(|(one, _)| one.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
        };
        if header("upgrade").is_some_and(|to| to.eq_ignore_ascii_case("websocket")) {
            let to = "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n";
            stream.write_all(to.as_bytes())?;
            return io::copy(&mut reader, &mut stream).map(drop);
        }
        let mut length: u64 = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        if header("transfer-encoding").is_some() {
            length = skip_chunks(&mut reader)?;
        } else {
            io::copy(&mut (&mut reader).take(length), &mut io::sink())?;
        }
        let text = format!("the application got\n{head}and {length} bytes");
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n{text}",
            text.len()
        );
        stream.write_all(answer.as_bytes())?;
    }
}

fn skip_chunks(reader: &mut BufReader<TcpStream>) -> io::Result<u64> {
    let mut whole = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let length = u64::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
        io::copy(&mut (&mut *reader).take(length + 2), &mut io::sink())?;
        whole += length;
        if length == 0 {
            return Ok(whole);
        }
    }
}
