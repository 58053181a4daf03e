//! A line to a mail server: TCP, and TLS by rustls over it. Mailbox and transport both open their connections here, so
//! that what is trusted is decided once.
//!
//! Without a `ca_file` the certificates of the operating system decide; with one, only those in that file do. A name in
//! the certificate that is not the configured host is always refused. Plain text is for loopback alone.

use std::fmt::Debug;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use secrecy::SecretString;
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A mail server as configured.
#[derive(Debug, Clone)]
pub struct Server {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    /// PEM file of the authorities to trust instead of the operating system's.
    pub ca_file: Option<PathBuf>,
    /// How long one step may take: connecting, the handshake, one command, one answer.
    pub timeout: Duration,
}

/// How the line is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// TLS from the first byte (RFC 8314).
    Implicit,
    /// Plain until the server has agreed to TLS; never goes on without it.
    Starttls,
    /// No protection; refused unless the host is this machine.
    None,
}

/// Who logs in.
#[derive(Debug, Clone)]
pub struct Login {
    pub username: String,
    pub password: SecretString,
}

/// Why there is no line to the server.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    #[error("cannot reach {server}: {reason}; check host and port")]
    Unreachable { server: String, reason: String },
    #[error("no TLS with {server}: {reason}; check host, tls and ca_file")]
    Handshake { server: String, reason: String },
    #[error("cannot use the certificates of {path}: {reason}; ca_file must name a readable PEM file")]
    CaFile { path: String, reason: String },
    #[error("{server} is not this machine: mail may not go there unprotected; set tls to implicit or starttls")]
    Unprotected { server: String },
}

/// Either kind of connection.
pub trait Line: AsyncRead + AsyncWrite + Debug + Send + Sync + Unpin {}
impl<T: AsyncRead + AsyncWrite + Debug + Send + Sync + Unpin> Line for T {}
pub type Stream = Box<dyn Line>;

impl Server {
    /// `host:port`, for messages.
    pub fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Connects, without any protection yet.
    pub async fn connect(&self) -> Result<TcpStream, LineError> {
        let attempt = timeout(self.timeout, self.dial()).await;
        let tcp = attempt.map_err(|_| self.unreachable(format!("no answer within {:?}", self.timeout)))??;
        tcp.set_nodelay(true).map_err(|error| self.unreachable(error))?;
        Ok(tcp)
    }

    async fn dial(&self) -> Result<TcpStream, LineError> {
        let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await;
        let addresses: Vec<SocketAddr> = found.map_err(|error| self.unreachable(error))?.collect();
        if self.tls == Tls::None && !addresses.iter().all(|address| address.ip().is_loopback()) {
            return Err(LineError::Unprotected { server: self.address() });
        }
        TcpStream::connect(addresses.as_slice()).await.map_err(|error| self.unreachable(error))
    }

    /// Starts TLS on a connection, the server's certificate checked against the configured host.
    pub async fn secure(&self, tcp: TcpStream) -> Result<Stream, LineError> {
        let name = ServerName::try_from(self.host.clone()).map_err(|error| self.no_handshake(error))?;
        let connector = tokio_rustls::TlsConnector::from(Arc::new(self.trust()?));
        match timeout(self.timeout, connector.connect(name, tcp)).await {
            Ok(Ok(stream)) => Ok(Box::new(stream)),
            Ok(Err(error)) => Err(self.no_handshake(error)),
            Err(_) => Err(self.no_handshake(format!("no answer within {:?}", self.timeout))),
        }
    }

    fn trust(&self) -> Result<ClientConfig, LineError> {
        let ring = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(ring)
            .with_safe_default_protocol_versions()
            .map_err(|error| self.no_handshake(error))?;
        let trusting = match self.own_authorities()? {
            Some(roots) => builder.with_root_certificates(roots),
            None => builder.with_platform_verifier().map_err(|error| self.no_handshake(error))?,
        };
        Ok(trusting.with_no_client_auth())
    }

    fn own_authorities(&self) -> Result<Option<RootCertStore>, LineError> {
        let Some(path) = &self.ca_file else { return Ok(None) };
        let unusable = |reason: String| LineError::CaFile { path: path.display().to_string(), reason };
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unusable(error.to_string()))? {
            let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
            roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
        }
        if roots.is_empty() {
            return Err(unusable("it holds no certificate".to_owned()));
        }
        Ok(Some(roots))
    }

    fn unreachable(&self, reason: impl ToString) -> LineError {
        LineError::Unreachable { server: self.address(), reason: reason.to_string() }
    }

    /// The error for a server with which TLS cannot be had, for this reason.
    pub fn no_handshake(&self, reason: impl ToString) -> LineError {
        LineError::Handshake { server: self.address(), reason: reason.to_string() }
    }
}

/// Says one line of the plain-text dialogue that leads to STARTTLS.
pub async fn say(tcp: &mut TcpStream, line: &str) -> io::Result<()> {
    tcp.write_all(line.as_bytes()).await?;
    tcp.write_all(b"\r\n").await
}

/// Hears one line of the plain-text dialogue that leads to STARTTLS, without its line end.
///
/// Reads byte by byte: nothing behind the line is taken from the socket, so that answers injected before the handshake
/// end up in the handshake, which they break, and never in the protected dialogue (RFC 3207, section 6).
pub async fn hear(tcp: &mut TcpStream) -> io::Result<String> {
    const LONGEST: usize = 8192;
    let mut line = Vec::new();
    while line.len() < LONGEST {
        match tcp.read_u8().await? {
            b'\n' => return Ok(String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned()),
            byte => line.push(byte),
        }
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, "the server's line is too long"))
}

/// What a server said, fit for a log or a record: one line, without control characters, at most 300 characters.
pub fn one_line(words: &str) -> String {
    let spaced = words.chars().map(|c| if c.is_control() { ' ' } else { c });
    spaced.take(300).collect::<String>().trim().to_owned()
}
