//! The accept loop: HTTP/1.1 and HTTP/2 on one port, with limits on what a client may hold open.

mod patient;
mod pulse;

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use http::header::CONNECTION;
use http::{HeaderValue, Request, Version};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use metrics::{Gauge, gauge};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use patient::Patient;
use pulse::{Ended, Leaving, Pulse};

/// What answers requests.
pub trait Answer: Send + Sync + 'static {
    /// The answer to one request from `peer`.
    fn answer(self: Arc<Self>, peer: IpAddr, request: Request<Body>)
    -> impl Future<Output = Response> + Send;
}

/// What a client may hold open.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Time for a request's header, and for a connection's first request.
    pub header_read: Duration,
    /// Bytes of a request's header.
    pub header_bytes: usize,
    /// Time for which a connection may rest between two requests.
    pub rest: Duration,
    /// Time for which a client may take nothing of what is sent to it.
    pub unread: Duration,
    /// Connections at a time.
    pub connections: usize,
    /// Time for requests in flight to finish after a stop.
    pub drain: Duration,
}

/// Takes the address, without listening yet: a client that comes before everything is ready is refused.
///
/// # Errors
/// When another program has the address, or it is none of this machine.
pub fn bind(address: SocketAddr) -> io::Result<(TcpSocket, SocketAddr)> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A restarted server must not wait for connections of the old one to be forgotten.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    let address = socket.local_addr()?;
    Ok((socket, address))
}

/// Connections that the system keeps until we accept them.
const BACKLOG: u32 = 1024;

/// Opens the port.
///
/// # Errors
/// When another program listens on the address by now.
pub fn open(socket: TcpSocket) -> io::Result<TcpListener> {
    socket.listen(BACKLOG)
}

/// After a stop, the time for requests that are on their way: a client that sent one on a connection which was open
/// must not find it closed.
const ON_THEIR_WAY: Duration = Duration::from_millis(500);

/// Longer than any drain.
const NEVER: Duration = Duration::from_secs(24 * 60 * 60);

/// Serves until `stop`, then lets requests in flight and on their way finish for as long as the limits say.
pub async fn serve(listener: TcpListener, answer: Arc<impl Answer>, limits: Limits, stop: CancellationToken) {
    let connections = TaskTracker::new();
    let places = Arc::new(Semaphore::new(limits.connections));
    let server = Arc::new(builder(&limits));
    let connection = |peer| Connection {
        server: Arc::clone(&server),
        answer: Arc::clone(&answer),
        stop: stop.child_token(),
        header: limits.header_read,
        rest: limits.rest,
        unread: limits.unread,
        peer,
    };
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let Some((stream, peer, place)) = accepted else { continue };
        let connection = connection(peer);
        connections.spawn(async move {
            connection.serve(stream).await;
            drop(place);
        });
    }
    for (stream, peer) in still_waiting(listener) {
        connections.spawn(connection(peer).serve(stream));
    }
    connections.close();
    if tokio::time::timeout(limits.drain, connections.wait()).await.is_err() {
        tracing::warn!(open = connections.len(), "stopped before every request was answered");
    }
}

/// Closes the port, and gives those whom the system let in and nobody has served.
fn still_waiting(listener: TcpListener) -> Vec<(TcpStream, IpAddr)> {
    let Ok(listener) = listener.into_std() else { return Vec::new() };
    let waiting = std::iter::from_fn(|| listener.accept().ok());
    let let_in = waiting.take(BACKLOG as usize).filter_map(|(stream, peer)| {
        stream.set_nonblocking(true).ok()?;
        stream.set_nodelay(true).ok();
        Some((TcpStream::from_std(stream).ok()?, peer.ip()))
    });
    let_in.collect()
}

type Builder = auto::Builder<TokioExecutor>;

/// How connections are served.
///
/// A head that is no HTTP/1.1 (a control character in a line, two lengths that differ) hyper answers by itself, with a bare 400,
/// 414 or 431, and closes: it has no hook there, and what it cannot read it does not hand on. So nothing of ours stands in that
/// answer, which names no app either. To let such lines pass (`ignore_invalid_headers`) would be worse: a proxy in front
/// may have believed them (RFC 9112 section 11.2).
fn builder(limits: &Limits) -> Builder {
    let mut server = auto::Builder::new(TokioExecutor::new());
    // The time of headers is ours, for hyper counts the rest between two requests to them.
    server.http1().header_read_timeout(None).max_buf_size(limits.header_bytes);
    server
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(limits.header_bytes).unwrap_or(u32::MAX))
        .max_concurrent_streams(100)
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(limits.header_read);
    server
}

/// The next connection, once there is a place for it. `None` after a failure that concerns one connection only.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, IpAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            // An answer is one write: there is nothing to wait for. A failure here costs time only.
            stream.set_nodelay(true).ok();
            Some((stream, peer.ip(), place))
        }
        Err(error) if concerns_one_connection(&error) => None,
        Err(error) => {
            // Out of file descriptors or memory: others must close first.
            tracing::error!(%error, "cannot accept connections");
            tokio::time::sleep(Duration::from_millis(200)).await;
            None
        }
    }
}

fn concerns_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}

/// Counts a connection for as long as it is open.
struct Open(Gauge);

impl Open {
    fn new() -> Self {
        let open = gauge!("daemun_connections");
        open.increment(1.0);
        Self(open)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

struct Connection<A> {
    server: Arc<Builder>,
    answer: Arc<A>,
    stop: CancellationToken,
    header: Duration,
    rest: Duration,
    unread: Duration,
    peer: IpAddr,
}

impl<A: Answer> Connection<A> {
    async fn serve(self, stream: TcpStream) {
        let _open = Open::new();
        let Self { server, answer, stop, header, rest, unread, peer } = self;
        let pulse = Pulse::new();
        let service = {
            let pulse = Arc::clone(&pulse);
            service_fn(move |request: Request<Incoming>| {
                let (answer, version) = (Arc::clone(&answer), request.version());
                let answering = pulse.asked(version);
                async move {
                    // Boxed: hyper moves what it gets more than once.
                    let mut response = Box::pin(answer.answer(peer, request.map(Body::new))).await;
                    if answering.stopping() && version < Version::HTTP_2 {
                        // The last of its connection, and the client knows (RFC 9112 section 9.6).
                        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                    }
                    Ok::<_, Infallible>(response.map(|body| Leaving::new(body, answering)))
                }
            })
        };
        let stream = TokioIo::new(Patient::new(stream, unread, Arc::clone(&pulse)));
        let mut served = std::pin::pin!(server.serve_connection(stream, service));
        tokio::select! {
            biased;
            () = stop.cancelled() => {
                pulse.stop();
                if tokio::time::timeout(ON_THEIR_WAY, &mut served).await.is_ok() {
                    return;
                }
            }
            // Errors here are the client's: a reset, a header that is too large. They say nothing to an operator.
            _ = &mut served => return,
            ended = pulse.ended(header, rest) => match ended {
                Ended::Late => return,
                Ended::Rested => {}
            },
        }
        // A request that comes at this moment is answered still, and the client told that it is the last.
        served.as_mut().graceful_shutdown();
        tokio::select! {
            _ = served => {}
            _ = pulse.ended(header, NEVER) => {}
        }
    }
}
