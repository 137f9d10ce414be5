//! Connections: who gets one, how slow it may be, and who makes room when there are too many.
//!
//! `axum::serve` waits for everybody for ever. Here nobody holds a connection without using it: a request has to come
//! in time, its answer has to be fetched in time, and the number of connections is bounded ([`places`]).

mod bodies;
mod crowd;
mod places;
mod watched;

use std::convert::Infallible;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderValue, Request, header::CONNECTION};
use axum::{Router, body::Body, extract::ConnectInfo, response::Response};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tower::ServiceExt as _;

pub(crate) use bodies::TooSlow;
pub(crate) use crowd::Crowd;

use crate::config::{Connections, TrustedProxies};
use crate::household::Household;
use crate::open_files;
use crate::seldom::Seldom;
use bodies::{Answer, Sent};
use places::{Place, Places};
use watched::Watched;

/// What hyper keeps of a request that is not whole yet, at most; a longer head is refused (431).
const LARGEST_HEAD: usize = 32 * 1024;

/// After the system had no file left for a connection, it is asked again so much later.
const OUT_OF_FILES: Duration = Duration::from_secs(1);

/// As many may have connected to a service that stops without being greeted; a flood of them does not keep it.
const LONGEST_QUEUE: usize = 4096;

/// How long a service that stops still listens to connections that are silent: a proxy that keeps them sends requests
/// until it is told not to.
const ON_ITS_WAY: Duration = Duration::from_millis(250);

/// All that is said to somebody for whom there is no place.
const NO_PLACE: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncache-control: no-store\r\n\
    content-type: text/plain; charset=utf-8\r\ncontent-length: 40\r\nconnection: close\r\n\r\n\
    Too many connections. Please try again.\n";

/// The doors of a service, which are open until it stops.
pub(crate) struct Doors {
    router: Router,
    limits: Connections,
    proxies: TrustedProxies,
    places: Arc<Places>,
    crowd: Crowd,
}

impl Doors {
    /// Doors with as many places as the settings and the system allow.
    pub(crate) fn new(router: Router, limits: Connections, proxies: TrustedProxies, crowd: Crowd) -> Self {
        let most = open_files::room_for_connections().map_or(limits.most, |room| room.min(limits.most));
        if most < limits.most {
            tracing::warn!(
                most,
                wanted = limits.most,
                "the system allows fewer open files than connections.most needs; raise the limit (LimitNOFILE of \
                 systemd, ulimit -n of shells) or lower the setting"
            );
        }
        crowd.most.set(i64::try_from(most).unwrap_or(i64::MAX));
        Self { router, limits, proxies, places: Places::new(most, limits.most_per_address), crowd }
    }

    /// Lets people in until `stop` is ready, then lets those finish who are being answered, for so long.
    pub(crate) async fn open(self, listener: TcpListener, stop: impl Future<Output = ()>, last: Duration) {
        let doors = Arc::new(self);
        let (closing, closed) = watch::channel(false);
        let (inside, mut all_gone) = mpsc::channel::<Infallible>(1);
        let mut stop = pin!(stop);
        loop {
            let (stream, peer) = tokio::select! {
                biased;
                () = &mut stop => break,
                next = next(&listener) => next,
            };
            doors.admit(stream, peer, &closed, &inside);
        }
        // The system has told them that they are connected, and a proxy sends a form only once.
        for (stream, peer) in waiting(listener) {
            doors.admit(stream, peer, &closed, &inside);
        }
        drop(inside);
        tracing::info!("stopping: open requests are being finished");
        closing.send_replace(true);
        let everybody_leaves = async {
            // A request that is on its way is still answered; whoever then has not begun one is sent away.
            if tokio::time::timeout(ON_ITS_WAY, all_gone.recv()).await.is_err() {
                doors.places.clear_idle();
                all_gone.recv().await;
            }
        };
        if tokio::time::timeout(last, everybody_leaves).await.is_err() {
            tracing::warn!("some requests did not finish in time");
        }
    }

    /// Attends to a newcomer, where there is a place.
    fn admit(
        self: &Arc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
        closed: &watch::Receiver<bool>,
        inside: &mpsc::Sender<Infallible>,
    ) {
        static MADE_ROOM: Seldom = Seldom::new();
        static REFUSED: Seldom = Seldom::new();
        let found = self.places.take(self.counted(peer.ip()));
        if found.made_room {
            self.crowd.made_room.inc();
            if let Some(times) = MADE_ROOM.happened("") {
                tracing::warn!(times, "too many connections: those that were silent for longest made room");
            }
        }
        match found.place {
            Some(place) => {
                let (doors, closed, inside) = (Arc::clone(self), closed.clone(), inside.clone());
                self.crowd.open.inc();
                tokio::spawn(async move {
                    doors.attend(stream, peer, place, closed).await;
                    doors.crowd.open.dec();
                    drop(inside);
                });
            }
            None => {
                // It gets through where the other side has not spoken yet; to close is answer enough.
                let _heard = stream.try_write(NO_PLACE);
                self.crowd.refused.inc();
                if let Some(times) = REFUSED.happened("") {
                    tracing::warn!(times, "too many connections: all are in use, and newcomers are refused");
                }
            }
        }
    }

    /// By whose share this address is counted. Behind a proxy everybody has the address of the proxy, and no header is
    /// asked before there is a request.
    fn counted(&self, peer: IpAddr) -> Option<Household> {
        let peer = peer.to_canonical();
        (!peer.is_loopback() && !self.proxies.contains(peer)).then(|| Household::of(peer))
    }

    /// Answers the requests of one connection, one after the other.
    async fn attend(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        place: Arc<Place>,
        mut closed: watch::Receiver<bool>,
    ) {
        // An answer is written whole; to wait for more would only delay it. If this fails, so will the rest.
        let _slower = stream.set_nodelay(true);
        let watched = Watched::new(stream, Arc::clone(&place), self.limits);
        let closing = closed.clone();
        let answer = service_fn(|request| self.answer(request, peer, &place, &closing));
        let mut protocol = http1::Builder::new();
        protocol.max_buf_size(LARGEST_HEAD);
        let mut connection = pin!(protocol.serve_connection(TokioIo::new(watched), answer));
        // How a connection ends (hung up, silent, not HTTP) is its own affair and nobody's news.
        let last_call = async {
            // Nobody is cut off in the middle of asking: what comes now is answered, and told to be the last.
            let _ = closed.wait_for(|closed| *closed).await;
            tokio::time::sleep(ON_ITS_WAY).await;
        };
        let stopping = tokio::select! {
            _ended = connection.as_mut() => false,
            () = place.given_away() => false,
            () = place.overdue(&self.limits) => false,
            () = last_call => true,
        };
        if stopping {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                _ended = connection.as_mut() => {}
                () = place.given_away() => {}
                () = place.overdue(&self.limits) => {}
            }
        }
    }

    async fn answer(
        &self,
        request: Request<Incoming>,
        peer: SocketAddr,
        place: &Arc<Place>,
        closing: &watch::Receiver<bool>,
    ) -> Result<Response, Infallible> {
        place.begins();
        let mut request = request.map(|body| Sent::within(self.limits.body, body));
        request.extensions_mut().insert(ConnectInfo(peer));
        let mut response = self.router.clone().oneshot(request).await?;
        if *closing.borrow() {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(response.map(|body| Body::new(Answer::new(body, Arc::clone(place)))))
    }
}

/// The next connection. What went wrong with one says nothing about the next.
async fn next(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    static FAILED: Seldom = Seldom::new();
    loop {
        match listener.accept().await {
            Ok(next) => return next,
            Err(reason) if is_of_one_connection(reason.kind()) => {}
            Err(reason) => {
                if let Some(times) = FAILED.happened(&reason.to_string()) {
                    tracing::error!(%reason, times, "no connection can be accepted; trying again");
                }
                tokio::time::sleep(OUT_OF_FILES).await;
            }
        }
    }
}

/// Whoever is connected already and was not greeted yet. After them nobody can connect any more.
fn waiting(listener: TcpListener) -> impl Iterator<Item = (TcpStream, SocketAddr)> {
    // The listener of the system itself: it says at once whether there is somebody.
    let listener = listener.into_std();
    let next = move || loop {
        match listener.as_ref().ok()?.accept() {
            Ok((stream, peer)) => {
                let stream = stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream));
                return stream.ok().map(|stream| (stream, peer));
            }
            Err(reason) if is_of_one_connection(reason.kind()) => {}
            Err(_) => return None,
        }
    };
    std::iter::from_fn(next).take(LONGEST_QUEUE)
}

fn is_of_one_connection(kind: ErrorKind) -> bool {
    use ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(kind, ConnectionAborted | ConnectionRefused | ConnectionReset)
}
