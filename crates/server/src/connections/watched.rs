//! A stream that is watched while it waits for the other side: nobody may take as long as they like.

use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use super::places::{Phase, Place};
use crate::config::Connections;

/// The stream of one connection.
pub(super) struct Watched {
    stream: TcpStream,
    place: Arc<Place>,
    limits: Connections,
    /// Until when something must come, and in which phase of which request that was decided.
    hearing: Option<(u64, Pin<Box<Sleep>>)>,
    /// Until when what is ready must have been fetched.
    telling: Option<Pin<Box<Sleep>>>,
}

impl Watched {
    pub(super) fn new(stream: TcpStream, place: Arc<Place>, limits: Connections) -> Self {
        Self { stream, place, limits, hearing: None, telling: None }
    }

    /// Nothing comes: for how long is that all right?
    fn patience(&self) -> (Option<Duration>, u64) {
        let (phase, number) = self.place.phase();
        let most = match phase {
            Phase::Idle => Some(self.limits.idle),
            Phase::Head => Some(self.limits.head),
            // The body has a time of its own, and the answer is ours to give.
            Phase::Busy | Phase::Answered => None,
        };
        (most, number)
    }

    fn still_hearing(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let (Some(most), number) = self.patience() else {
            self.hearing = None;
            return Poll::Pending;
        };
        let (_, timer) = match self.hearing.take().filter(|(decided, _)| *decided == number) {
            Some(decided) => self.hearing.insert(decided),
            None => self.hearing.insert((number, Box::pin(sleep(most)))),
        };
        timer.as_mut().poll(context).map(|()| Err(ErrorKind::TimedOut.into()))
    }

    /// What a write says, watched where it waits.
    fn tell<T>(&mut self, context: &mut Context<'_>, said: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if said.is_ready() {
            return said;
        }
        let most = self.limits.answer;
        let timer = self.telling.get_or_insert_with(|| Box::pin(sleep(most)));
        timer.as_mut().poll(context).map(|()| Err(ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let had = buffer.filled().len();
        let heard = Pin::new(&mut self.stream).poll_read(context, buffer);
        match heard {
            Poll::Pending => self.still_hearing(context),
            Poll::Ready(heard) => {
                if buffer.filled().len() > had {
                    self.place.hears();
                }
                Poll::Ready(heard)
            }
        }
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let said = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.tell(context, said)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let said = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.tell(context, said)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let said = Pin::new(&mut self.stream).poll_flush(context);
        // Whoever flushes has written everything before.
        if let Poll::Ready(Ok(())) = said {
            self.telling = None;
            self.place.has_sent();
        }
        self.tell(context, said)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
