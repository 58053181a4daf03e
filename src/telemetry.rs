//! The log: what is written, how, and what never is.
//!
//! A line is a sentence that reads alone, with fields to search by. Bodies, subjects, whole addresses and credentials
//! are never logged, and what strangers may have written bears no line end and nothing that a terminal would obey.
//! Libraries that would write them at their lower levels are held to higher ones, whatever the
//! operator asks for: async-imap writes LOGIN lines and lettre whole messages below `info`, sqlx statements below `warn`.

use std::io::IsTerminal;

use tracing::level_filters::LevelFilter;
use tracing::subscriber::Subscriber;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::filter::{EnvFilter, ParseError, Targets};
use tracing_subscriber::fmt::{self, MakeWriter, format};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Text,
    /// One object a line.
    Json,
}

/// The log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("RMAD_LOG is not a filter: {0}; write a level, or pairs such as rmad=debug,warn")]
    Filter(#[from] ParseError),
    #[error("the log is open already")]
    Open(#[from] TryInitError),
}

/// Sends the log of this process to standard error: what `RMAD_LOG` asks for, or else what the number of `-v` does.
///
/// # Errors
/// When `RMAD_LOG` is not a filter, or on the second call.
pub fn start(format: Format, verbosity: u8) -> Result<(), Error> {
    let usual = match verbosity {
        0 => "warn,rmad=info",
        1 => "info,rmad=debug",
        _ => "debug,rmad=trace",
    };
    let asked = std::env::var("RMAD_LOG").ok().filter(|filter| !filter.trim().is_empty());
    let colours = std::io::stderr().is_terminal();
    subscriber(format, asked.as_deref().unwrap_or(usual), colours, std::io::stderr)?.try_init()?;
    Ok(())
}

/// An address as it may be logged: `j…@vendor.example`.
pub fn mask(address: &str) -> String {
    let (local, domain) = address.rsplit_once('@').map_or((address, None), |(local, domain)| (local, Some(domain)));
    let first = local.chars().next().map(String::from).unwrap_or_default();
    domain.map_or_else(|| format!("{first}…"), |domain| format!("{first}…@{domain}"))
}

/// The text with all that a terminal would obey but line ends spelt out: `\u{1b}[31m`.
pub fn harmless(text: &str) -> String {
    let turns = |c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut written = String::with_capacity(text.len());
    for c in text.chars() {
        if (c.is_control() && c != '\n') || turns(c) {
            written.extend(c.escape_default());
        } else {
            written.push(c);
        }
    }
    written
}

fn subscriber<W>(
    format: Format,
    filter: &str,
    colours: bool,
    to: W,
) -> Result<impl Subscriber + Send + Sync, ParseError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let lines = fmt::layer().with_writer(to).with_ansi(colours);
    let lines = match format {
        Format::Text => {
            let fields = format::debug_fn(|to, field, value| {
                let value = harmless(&format!("{value:?}")).replace('\n', "\\n");
                if field.name() == "message" { write!(to, "{value}") } else { write!(to, "{field}={value}") }
            });
            lines.fmt_fields(fields.delimited(" ")).boxed()
        }
        Format::Json => lines.json().flatten_event(true).boxed(),
    };
    let filter = EnvFilter::builder().parse(filter)?;
    Ok(tracing_subscriber::registry().with(discreet()).with(lines.with_filter(filter)))
}

/// A filter of its own before the operator's, because a more precise directive of theirs would outrank one added to it.
fn discreet() -> Targets {
    Targets::new()
        .with_default(LevelFilter::TRACE)
        .with_target("async_imap", LevelFilter::INFO)
        .with_target("imap_proto", LevelFilter::INFO)
        .with_target("lettre", LevelFilter::INFO)
        .with_target("sqlx", LevelFilter::WARN)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn written(format: Format, filter: &str, say: impl FnOnce()) -> String {
        let paper = Paper::default();
        let writer = paper.clone();
        tracing::subscriber::with_default(subscriber(format, filter, false, move || writer.clone()).unwrap(), say);
        let bytes = paper.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn libraries_cannot_be_made_to_tell_secrets() {
        let log = written(Format::Text, "trace,async_imap::client=trace,lettre=trace,sqlx::query=trace", || {
            tracing::trace!(target: "async_imap::client", "LOGIN someone secret");
            tracing::debug!(target: "lettre::transport::smtp", "AUTH PLAIN secret");
            tracing::debug!(target: "sqlx::query", "SELECT secret");
            tracing::trace!(target: "rmad::daemon", "the daemon says all");
            tracing::warn!(target: "sqlx::query", "a slow statement");
        });
        assert!(!log.contains("secret"), "{log}");
        assert!(log.contains("the daemon says all") && log.contains("a slow statement"), "{log}");
    }

    #[test]
    fn the_filter_of_the_operator_counts() {
        let log = written(Format::Text, "warn,rmad::daemon=debug", || {
            tracing::debug!(target: "rmad::daemon", "one");
            tracing::debug!(target: "rmad::store", "two");
            tracing::warn!(target: "rmad::store", "three");
        });
        assert!(log.contains("one") && !log.contains("two") && log.contains("three"), "{log}");
        assert!(subscriber(Format::Text, "rmad=loud", false, std::io::sink).is_err());
    }

    #[test]
    fn what_strangers_write_neither_moves_the_terminal_nor_adds_a_line() {
        for format in [Format::Text, Format::Json] {
            let log = written(format, "info", || {
                let hostile = "a\u{1b}]0;owned\u{7}\u{9b}31m\r\nINFO rmad: forged\u{0}";
                let error = std::io::Error::other(hostile);
                tracing::info!(answer = %hostile, quoted = ?hostile, plain = hostile, %error, "it said {hostile}");
            });
            // JSON keeps what is beyond ASCII as it is
            let is_obeyed = |c: char| c.is_control() && (c.is_ascii() || matches!(format, Format::Text));
            assert!(!log.strip_suffix('\n').unwrap().contains(is_obeyed), "{log:?}");
            assert_eq!(log.matches("owned").count(), 5, "{log}");
        }
        assert_eq!(harmless("a\n\u{1b}[1m\u{202e}é"), "a\n\\u{1b}[1m\\u{202e}é");
    }

    #[test]
    fn json_is_one_object_a_line() {
        let log = written(Format::Json, "info", || tracing::info!(case = "C-10023", "the case is closed"));
        let line: serde_json::Value = serde_json::from_str(log.trim_end()).unwrap();
        assert_eq!((&line["case"], &line["message"]), (&"C-10023".into(), &"the case is closed".into()));
    }

    #[test]
    fn an_address_shows_its_domain_and_one_letter() {
        for (address, masked) in [
            ("jane@cust.example", "j…@cust.example"),
            ("\"a@b\"@cust.example", "\"…@cust.example"),
            ("jane", "j…"),
            ("", "…"),
        ] {
            assert_eq!(mask(address), masked);
        }
    }
}
