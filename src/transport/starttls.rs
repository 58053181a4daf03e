//! The plain-text dialogue of SMTP up to the server's agreement to TLS (RFC 3207), and the stream behind it.
//!
//! lettre can do this itself, but goes on with bytes that were read before the handshake, so that answers injected into
//! the plain text would count as the server's. Here nothing of the plain text survives.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::tls::{self, Stream};

/// Asks for TLS; an error where the server does not agree.
pub(super) async fn ask_for_tls(tcp: &mut TcpStream, hello: &str) -> io::Result<()> {
    expect(tcp, "220").await?;
    tls::say(tcp, &format!("EHLO {hello}")).await?;
    expect(tcp, "250").await?;
    tls::say(tcp, "STARTTLS").await?;
    expect(tcp, "220").await
}

/// Reads one reply, which may have several lines (RFC 5321, section 4.2.1).
async fn expect(tcp: &mut TcpStream, code: &str) -> io::Result<()> {
    loop {
        let line = tls::hear(tcp).await?;
        let Some(rest) = line.strip_prefix(code) else {
            return Err(io::Error::other(format!("the server answered {}", tls::one_line(&line))));
        };
        if !rest.starts_with('-') {
            return Ok(());
        }
    }
}

/// A stream as lettre takes it. A server that has agreed to STARTTLS greets no more, and lettre waits for a greeting:
/// there the stream begins with one of ours.
#[derive(Debug)]
pub(super) struct Greeted {
    greeting: &'static [u8],
    stream: Stream,
    peer: SocketAddr,
}

impl Greeted {
    pub(super) fn by_server(stream: Stream, peer: SocketAddr) -> Greeted {
        Greeted { greeting: b"", stream, peer }
    }

    pub(super) fn by_us(stream: Stream, peer: SocketAddr) -> Greeted {
        Greeted { greeting: b"220 protected\r\n", stream, peer }
    }
}

impl AsyncTokioStream for Greeted {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

impl AsyncRead for Greeted {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.greeting.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, buf);
        }
        let (now, later) = self.greeting.split_at(self.greeting.len().min(buf.remaining()));
        buf.put_slice(now);
        self.greeting = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Greeted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
