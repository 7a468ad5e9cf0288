//! What somebody tries on the socket itself, against the server as `anju serve` runs it: nothing here is a fault of
//! ours, and nobody else waits for it.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::harness::{TestApp, TestDb};

/// No test waits longer than this for an answer; none depends on how long it takes.
const AT_MOST: Duration = Duration::from_secs(60);

/// What the server says to some bytes until it has said `until` or closes.
async fn said(address: SocketAddr, bytes: &[u8], until: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // A server that has refused already may close before all is written.
    let _ = stream.write_all(bytes).await;
    let mut heard = Vec::new();
    let listening = async {
        let mut part = [0; 4096];
        while !String::from_utf8_lossy(&heard).contains(until) {
            match stream.read(&mut part).await {
                Ok(0) | Err(_) => break,
                Ok(n) => heard.extend_from_slice(&part[..n]),
            }
        }
    };
    timeout(AT_MOST, listening).await.expect("the server neither answered nor closed");
    String::from_utf8_lossy(&heard).into_owned()
}

async fn alive(address: SocketAddr) {
    let answer = said(address, b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "alive\"}").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

async fn node() -> (TestApp, SocketAddr, anju::web::server::Server) {
    let app = TestApp::new(&TestDb::sqlite()).await;
    let (address, server) = app.served();
    (app, address, server)
}

#[tokio::test]
async fn a_request_with_two_lengths_is_refused() {
    let (_app, address, server) = node().await;
    for head in [
        "Content-Length: 2\r\nContent-Length: 30\r\n",
        "Content-Length: 2, 30\r\n",
        "Content-Length: +2\r\n",
        "Content-Length: -2\r\n",
        "Content-Length: 0x2\r\n",
        "Content-Length: 99999999999999999999999\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Content-Length : 2\r\n",
        "X-A: b\0c\r\n",
        "X A: b\r\n",
    ] {
        let request =
            format!("POST /api/v1/sessions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n{head}\r\n{{}}");
        let answer = said(address, request.as_bytes(), "\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 400") || answer.is_empty(), "{head:?} answered {answer}");
        assert_eq!(answer.matches("HTTP/1.1").count(), usize::from(!answer.is_empty()), "{head:?} answered {answer}");
    }
    alive(address).await;
    server.stop().await.unwrap();
}

#[tokio::test]
async fn where_a_body_is_chunked_its_stated_length_is_not_believed() {
    let (_app, address, server) = node().await;
    // By the length, the second request would be the first one's body; by the chunks it is a request of its own.
    let second = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let first = format!(
        "POST /api/v1/sessions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\
         Content-Length: {}\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n",
        "2\r\n{}\r\n0\r\n\r\n".len() + second.len()
    );
    let answer = said(address, format!("{first}{second}").as_bytes(), "alive\"}").await;
    // It was read by the chunks: an object without fields; by the length it would be no JSON at all. What follows is
    // answered by itself or not at all.
    assert!(answer.starts_with("HTTP/1.1 422") && answer.contains("missing-field"), "{answer}");
    let rest = answer.split("HTTP/1.1").skip(2).collect::<String>();
    assert!(rest.is_empty() || rest.starts_with(" 200"), "{answer}");
    server.stop().await.unwrap();
}

#[tokio::test]
async fn too_many_or_too_long_headers_are_refused() {
    let (_app, address, server) = node().await;
    let many: String = (0..500).map(|n| format!("X-{n}: x\r\n")).collect();
    let answer = said(address, format!("GET /healthz HTTP/1.1\r\nHost: a\r\n{many}\r\n").as_bytes(), "\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 431") || answer.is_empty(), "{answer}");
    for (target, value) in
        [("/healthz", "x".repeat(2_000_000)), (&*format!("/{}", "x".repeat(2_000_000)), String::new())]
    {
        let request = format!("GET {target} HTTP/1.1\r\nHost: a\r\nX-Long: {value}\r\n\r\n");
        let answer = said(address, request.as_bytes(), "\r\n\r\n").await;
        let refused = ["HTTP/1.1 431", "HTTP/1.1 414", "HTTP/1.1 400"].iter().any(|status| answer.starts_with(status));
        assert!(refused || answer.is_empty(), "{answer}");
    }
    alive(address).await;
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_body_without_end_is_cut_off() {
    let (_app, address, server) = node().await;
    let mut endless = b"POST /api/v1/sessions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..300 {
        endless.extend_from_slice(b"10000\r\n");
        endless.extend(std::iter::repeat_n(b' ', 0x10000));
        endless.extend_from_slice(b"\r\n");
    }
    let answer = said(address, &endless, "\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 413") || answer.is_empty(), "{answer}");
    alive(address).await;
    server.stop().await.unwrap();
}

#[tokio::test]
async fn half_sent_requests_keep_nobody_waiting() {
    let (_app, address, server) = node().await;
    let mut waiting = Vec::new();
    for n in 0..200 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let half: &[u8] = match n % 3 {
            0 => b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: ",
            1 => b"POST /api/v1/sessions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 900000\r\n\r\n{",
            _ => b"",
        };
        stream.write_all(half).await.unwrap();
        waiting.push(stream);
    }
    for _ in 0..5 {
        alive(address).await;
        let answer = said(address, b"GET /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "ready\"}").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    drop(waiting);
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_host_or_a_whole_address_in_the_request_line_changes_nothing() {
    let (_app, address, server) = node().await;
    for request in [
        "GET /api/v1/me HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        "GET http://evil.example/api/v1/me HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET /api/v1/me HTTP/1.0\r\n\r\n",
    ] {
        let answer = said(address, request.as_bytes(), "request_id").await;
        assert!(answer.contains(" 401 ") && !answer.contains("evil.example"), "{answer}");
        assert!(!answer.to_lowercase().contains("location:"), "{answer}");
    }
    for (method, status) in [("TRACE", " 405 "), ("CONNECT", " 4"), ("PROPFIND", " 405 ")] {
        let request = format!("{method} /api/v1/me HTTP/1.1\r\nHost: a\r\nX-Told: secret\r\nConnection: close\r\n\r\n");
        let answer = said(address, request.as_bytes(), "request_id").await;
        assert!(answer.contains(status) && !answer.contains("secret"), "{method} answered {answer}");
    }
    server.stop().await.unwrap();
}
