//! `rmad quarantine`: messages that could not be read or answered, and what a person decides about them. The daemon takes
//! up what is to be processed again.

use std::collections::HashMap;
use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Subcommand;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use secrecy::ExposeSecret;

use super::Global;
use super::sheet::Sheet;
use super::values;
use crate::clock::Clock;
use crate::config::{Config, Environment};
use crate::mail::{Heading, heading};
use crate::store::{Decided, Entry, Quarantined, Store};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// What waits for a person, and what to do about it
    List,
    /// One message: what is known of it, and how its bytes begin
    Show {
        id: i64,
        /// Write its bytes to standard output, all of them and nothing else
        #[arg(long)]
        raw: bool,
    },
    /// Have the daemon answer messages as if they were new; the answer to an old one is withheld
    Again {
        #[arg(required = true, value_name = "ID")]
        ids: Vec<i64>,
        /// Who decides
        #[arg(long, value_name = "NAME", env = "USER", default_value = "staff", value_parser = values::words)]
        by: String,
        /// Why, for the record
        #[arg(long, value_name = "TEXT", value_parser = values::words)]
        why: Option<String>,
    },
    /// A person has seen to it: close it. Its bytes are kept
    Dismiss {
        id: i64,
        /// Who decides
        #[arg(long, value_name = "NAME", env = "USER", default_value = "staff", value_parser = values::words)]
        by: String,
        /// Why, for the record
        #[arg(long, value_name = "TEXT", value_parser = values::words)]
        why: String,
    },
}

/// Messages of one list.
const MOST: u32 = 1_000;
/// Bytes of a message that say who sent it, and that are shown of it.
const BEGINNING: u16 = 8 * 1024;

/// Shows what is in quarantine, or records what a person decides.
///
/// # Errors
/// Where the configuration or the store cannot be used, or a message is not in quarantine.
pub async fn run(args: Args, global: &Global) -> anyhow::Result<ExitCode> {
    let (settings, store) = Config::for_store(&global.config, &Environment::of_process())?;
    let store = super::explain::open(store.url.expose_secret()).await?;
    let zone = settings.vendor.time_zone;
    let now = Clock::system().now();
    match args.action {
        Action::List => list(&store, &zone).await?,
        Action::Show { id, raw: true } => write_raw(&store, id).await?,
        Action::Show { id, raw: false } => show(&store, id, &zone).await?,
        Action::Again { ids, by, why } => again(&store, &ids, &by, why.as_deref(), now).await?,
        Action::Dismiss { id, by, why } => dismiss(&store, id, &by, &why, now).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(store: &Store, zone: &TimeZone) -> anyhow::Result<()> {
    let found = store.quarantined(Timestamp::UNIX_EPOCH, MOST).await?;
    let ids: Vec<i64> = found.oldest.iter().map(|quarantined| quarantined.message).collect();
    let beginnings = store.beginnings(&ids, BEGINNING).await?;
    let mut sheet = Sheet::default();
    for quarantined in &found.oldest {
        tell(&mut sheet, quarantined, &beginnings, zone);
    }
    let more = found.total - i64::try_from(found.oldest.len())?;
    if found.total == 0 {
        sheet.line(0, "Nothing is in quarantine.");
    } else if more > 0 {
        sheet.blank();
        sheet.line(0, &format!("And {more} more, which are listed once these are decided on."));
    }
    print(sheet)
}

fn tell(sheet: &mut Sheet, quarantined: &Quarantined, beginnings: &HashMap<i64, Vec<u8>>, zone: &TimeZone) {
    let beginning = beginnings.get(&quarantined.message).map_or(&[][..], Vec::as_slice);
    sheet.heading(&format!("Message {}: {}", quarantined.message, quarantined.cause));
    sheet.field("Received", &time(quarantined.received_at, zone));
    sheet.field("Quarantined", &time(quarantined.quarantined_at, zone));
    sender(sheet, beginning);
    sheet.field("Because", &quarantined.defect);
    sheet.field("What to do", quarantined.cause.remedy());
}

async fn show(store: &Store, id: i64, zone: &TimeZone) -> anyhow::Result<()> {
    let entry = quarantined(store, id).await?;
    let beginning = store.beginnings(&[id], BEGINNING).await?.remove(&id).unwrap_or_default();
    let mut sheet = Sheet::default();
    let cause = entry.cause.map(|cause| cause.to_string()).unwrap_or_default();
    sheet.heading(&format!("Message {id}: {cause}"));
    sheet.field("Received", &time(entry.received_at, zone));
    sender(&mut sheet, &beginning);
    sheet.field("Because", &entry.defect.unwrap_or_default());
    match entry.dismissed_at {
        None => sheet.field("What to do", entry.cause.map_or("", |cause| cause.remedy())),
        Some(at) => sheet.field("Dismissed", &time(at, zone)),
    }
    for event in store.events_of_message(id).await? {
        let why = event.detail.get("why").and_then(|why| why.as_str());
        let why = why.map(|why| format!(" Why: {why}")).unwrap_or_default();
        sheet.field("Noted", &format!("{}, {}: {}{why}", time(event.at, zone), event.actor, event.what));
    }
    let length = i64::try_from(beginning.len())?;
    sheet.heading(&format!("The first {length} of its {} bytes", entry.size));
    sheet.quote(2, &String::from_utf8_lossy(&beginning));
    print(sheet)
}

/// From whom it is and about what, as far as that can be read.
fn sender(sheet: &mut Sheet, beginning: &[u8]) {
    let Heading { from, subject } = heading(beginning);
    let name = from.name.map(|name| format!("{name} ")).unwrap_or_default();
    let address = if from.address.is_empty() { "nobody that could be read".to_owned() } else { from.address };
    sheet.field("From", &format!("{name}{address}"));
    sheet.field("Subject", &subject);
}

async fn write_raw(store: &Store, id: i64) -> anyhow::Result<()> {
    quarantined(store, id).await?;
    let raw = store.raw(id).await?.context("its bytes are not in the store")?;
    std::io::stdout().write_all(&raw)?;
    Ok(())
}

/// The message in the ledger; an error unless it is in quarantine, or was dismissed from there.
async fn quarantined(store: &Store, id: i64) -> anyhow::Result<Entry> {
    let Some(entry) = store.message(id).await? else { bail!(no_such(id)) };
    if entry.defect.is_none() {
        bail!(not_in_quarantine(id));
    }
    Ok(entry)
}

/// All of them or none.
async fn again(store: &Store, ids: &[i64], by: &str, why: Option<&str>, now: Timestamp) -> anyhow::Result<()> {
    let mut tx = store.begin().await?;
    for id in ids {
        done(tx.process_again(*id, by, why, now).await?, *id)?;
    }
    tx.commit().await?;
    for id in ids {
        writeln!(std::io::stdout(), "Message {id} waits to be answered by the daemon")?;
    }
    Ok(())
}

async fn dismiss(store: &Store, id: i64, by: &str, why: &str, now: Timestamp) -> anyhow::Result<()> {
    let mut tx = store.begin().await?;
    done(tx.dismiss(id, by, why, now).await?, id)?;
    tx.commit().await?;
    writeln!(std::io::stdout(), "Message {id} is dismissed; its bytes are kept")?;
    Ok(())
}

fn done(decided: Decided, id: i64) -> anyhow::Result<()> {
    match decided {
        Decided::Done => Ok(()),
        Decided::NoSuchMessage => bail!(no_such(id)),
        Decided::NotInQuarantine => bail!(not_in_quarantine(id)),
        Decided::NotWhole(cause) => {
            bail!("message {id} was not kept whole ({cause}), and nothing was changed: {}", cause.remedy())
        }
    }
}

fn no_such(id: i64) -> String {
    format!("there is no message {id}, and nothing was changed; `rmad quarantine list` names what waits")
}

fn not_in_quarantine(id: i64) -> String {
    format!("message {id} is not in quarantine, and nothing was changed; `rmad quarantine list` names what waits")
}

fn time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%a %-d %b %Y, %H:%M %Z").to_string()
}

fn print(sheet: Sheet) -> anyhow::Result<()> {
    write!(std::io::stdout(), "{}", sheet.into_text())?;
    Ok(())
}
