//! Files and environment become checked settings of each module.
//!
//! One TOML file, over which the environment is laid (`RMAD_STORE__URL` overrides `url` in `[store]`, lists apart by
//! commas). Secrets never stand in the file. Every fault is found and reported at once, with file, line and remedy.
//!
//! [`desk`] holds what decisions are made by, [`post`] where mail comes from and goes to, [`service`] what else the
//! daemon needs of its machine.

mod desk;
mod fault;
mod free_mail;
mod post;
mod section;
mod service;
mod source;
mod values;

use std::path::Path;

pub use desk::{Desk, Policy, Recognise, Reminders, Trust, Vendor};
pub use fault::{Fault, Faults};
pub use post::{Backlog, Delivery, Intake, Limits, Mode, Sending};
pub use service::{Console, Metrics, Store};
pub use source::Environment;
pub use values::Hours;

use desk::ReturnsAddress;
use source::Source;

/// Everything that the daemon is told about its work and its machine.
#[derive(Debug)]
pub struct Config {
    pub desk: Desk,
    pub intake: Intake,
    pub delivery: Delivery,
    pub store: Store,
    /// `None`: no console.
    pub console: Option<Console>,
    /// `None`: no metrics.
    pub metrics: Option<Metrics>,
}

impl Config {
    /// The whole configuration, as the daemon needs it.
    ///
    /// # Errors
    /// Every fault of the file and the environment; passwords and the files that are named are looked for as well.
    pub fn load(file: &Path, environment: &Environment) -> Result<Config, Faults> {
        whole(Source::read(file, environment)?)
    }

    /// What replay needs: `[vendor]` and `[trust]` suffice, and mail servers, store and passwords are not looked at.
    /// Where no returns address is configured, a text says so in its place.
    ///
    /// # Errors
    /// Every fault of the sections that decisions are made by.
    pub fn for_replay(file: &Path, environment: &Environment) -> Result<Desk, Faults> {
        let mut source = Source::read(file, environment)?;
        let desk = desk::read(&mut source, ReturnsAddress::Replaceable);
        source.finish(desk)
    }

    /// What a step of staff needs: it is recorded with its letter, and the daemon sends it. No passwords.
    ///
    /// # Errors
    /// Every fault of `[store]`, of what may go out, and of the sections that decisions are made by.
    pub fn for_staff(file: &Path, environment: &Environment) -> Result<(Desk, Sending, Store), Faults> {
        let mut source = Source::read(file, environment)?;
        let desk = desk::read(&mut source, ReturnsAddress::Required);
        let address = desk.as_ref().map(|desk| desk.vendor.address.as_str());
        let sending = source.section("delivery", |section| post::sending(section, address));
        let store = source.section("store", service::store);
        source.finish(desk.zip(sending).zip(store).map(|((desk, sending), store)| (desk, sending, store)))
    }

    /// What a command needs that looks into the store and neither fetches nor sends mail: no passwords.
    ///
    /// # Errors
    /// Every fault of `[store]` and of the sections that decisions are made by.
    pub fn for_store(file: &Path, environment: &Environment) -> Result<(Desk, Store), Faults> {
        let mut source = Source::read(file, environment)?;
        let desk = desk::read(&mut source, ReturnsAddress::Replaceable);
        let store = source.section("store", service::store);
        source.finish(desk.zip(store))
    }
}

fn whole(mut source: Source) -> Result<Config, Faults> {
    let desk = desk::read(&mut source, ReturnsAddress::Required);
    let address = desk.as_ref().map(|desk| desk.vendor.address.as_str());
    let intake = source.section("intake", post::intake);
    let delivery = source.section("delivery", |section| post::delivery(section, address));
    let store = source.section("store", service::store);
    let console = source.section("console", service::console);
    let metrics = source.section("metrics", service::metrics);
    let config = desk.zip(intake).zip(delivery).zip(store).map(|(((desk, intake), delivery), store)| Config {
        desk,
        intake,
        delivery,
        store,
        console,
        metrics,
    });
    source.finish(config)
}

#[cfg(test)]
mod tests;
