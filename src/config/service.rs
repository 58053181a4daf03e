//! What else the daemon needs of its machine: the store, and the addresses it listens on.

use std::net::SocketAddr;
use std::path::Path;

use secrecy::SecretString;

use super::section::Section;
use super::values;

/// Where everything is remembered.
#[derive(Debug, Clone)]
pub struct Store {
    /// `sqlite:///path/to/file` with the path made absolute, or `postgres://…`, which may hold a password.
    pub url: SecretString,
}

/// The staff's window.
#[derive(Debug, Clone)]
pub struct Console {
    pub listen: SocketAddr,
    /// What staff type into the browser, where that is another address.
    pub public_url: Option<String>,
}

impl Console {
    /// The address that links lead to, without a slash at its end.
    pub fn address(&self) -> String {
        let listened_on = || format!("http://{}", self.listen);
        self.public_url.as_ref().map_or_else(listened_on, |url| url.trim_end_matches('/').to_owned())
    }
}

#[derive(Debug, Clone)]
pub struct Metrics {
    pub listen: SocketAddr,
}

pub(super) fn store(section: &mut Section<'_>) -> Option<Store> {
    let directory = section.directory;
    let remedy = "write sqlite://rmad.db, or postgres://user@host/database";
    let url = section.parsed_or("url", "sqlite://rmad.db", remedy, |text| store_url(text, directory))?;
    if holds_password(&url) && !section.is_from_environment("url") {
        let remedy = "set RMAD_STORE__URL instead, or leave the password to ~/.pgpass or PGPASSWORD";
        section.fault("url", "holds a password, which must not stand in the configuration", remedy);
    }
    Some(Store { url: url.into() })
}

pub(super) fn console(section: &mut Section<'_>) -> Option<Console> {
    let public_url = section.parsed("public_url", "write it in full, with https:// in front", values::web_address);
    let listen = listen(section);
    if public_url.is_some() {
        section.required("listen", "write where the console listens, such as 127.0.0.1:8080", listen);
    }
    let listen = listen?;
    if !listen.ip().is_loopback() {
        let remedy = "listen on 127.0.0.1, and let a web server that asks for a password stand before it";
        section.fault("listen", "would show customers' cases to the network: the console has no sign-in yet", remedy);
    }
    Some(Console { listen, public_url })
}

pub(super) fn metrics(section: &mut Section<'_>) -> Option<Metrics> {
    listen(section).map(|listen| Metrics { listen })
}

fn listen(section: &mut Section<'_>) -> Option<SocketAddr> {
    section.parsed("listen", "write an IP address and a port, such as 127.0.0.1:8080", values::socket)
}

/// Makes the path of an embedded store absolute. What is wrong is said without the address: it may hold a password.
fn store_url(text: &str, directory: &Path) -> Result<String, String> {
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return Ok(text.to_owned());
    }
    let file = text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:"));
    match file.ok_or("is the address of no store that is known here")? {
        "" | ":memory:" => Err("names no file, so that everything would be forgotten".to_owned()),
        file if file.starts_with('/') => Ok(format!("sqlite://{file}")),
        // The path of such an address is percent-encoded.
        file => {
            let directory = directory.to_string_lossy().replace('%', "%25").replace('?', "%3F");
            Ok(format!("sqlite://{}/{file}", directory.trim_end_matches('/')))
        }
    }
}

fn holds_password(url: &str) -> bool {
    let authority = url.split_once("://").and_then(|(_, rest)| rest.split(['/', '?']).next()).unwrap_or_default();
    let in_authority = authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'));
    in_authority || url.split_once('?').is_some_and(|(_, options)| options.contains("password="))
}
