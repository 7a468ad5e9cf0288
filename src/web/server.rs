//! The listening socket: connections, their limits, TLS where this process encrypts itself, and the end.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use tokio::task::JoinHandle;

/// How long a client may take for a request's headers, and a connection may wait for its next request.
const HEADERS_WITHIN: Duration = Duration::from_secs(30);
/// How long running requests get to finish at the end.
pub const FINISH_WITHIN: Duration = Duration::from_secs(10);

/// A running server.
#[derive(Debug)]
pub struct Server {
    handle: Handle<SocketAddr>,
    task: JoinHandle<io::Result<()>>,
}

/// Certificate and key for [`start`]: TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1.
#[derive(Debug, Clone)]
pub struct Certificate(RustlsConfig);

impl Certificate {
    /// Reads a certificate chain and its private key, both PEM.
    pub async fn read(cert: &Path, key: &Path) -> io::Result<Self> {
        let (cert, key) = (tokio::fs::read(cert).await?, tokio::fs::read(key).await?);
        RustlsConfig::from_pem(cert, key).await.map(Self)
    }
}

/// Serves what the router answers on a socket bound before.
pub fn start(listener: TcpListener, router: Router, certificate: Option<Certificate>) -> io::Result<Server> {
    let handle = Handle::new();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let mut server = axum_server::from_tcp(listener)?.handle(handle.clone());
    server.http_builder().http1().header_read_timeout(HEADERS_WITHIN);
    let task = match certificate {
        None => tokio::spawn(server.serve(service)),
        Some(Certificate(config)) => {
            let acceptor = axum_server::tls_rustls::RustlsAcceptor::new(config);
            tokio::spawn(server.acceptor(acceptor).serve(service))
        }
    };
    Ok(Server { handle, task })
}

impl Server {
    /// Waits until the server ends by itself, which only a fault makes it do.
    pub async fn ended(&mut self) -> io::Result<()> {
        (&mut self.task).await.map_err(io::Error::other)?
    }

    /// Accepts nothing new and lets running requests finish.
    pub async fn stop(self) -> io::Result<()> {
        if self.task.is_finished() {
            return Ok(());
        }
        self.handle.graceful_shutdown(Some(FINISH_WITHIN));
        self.task.await.map_err(io::Error::other)?
    }
}
