//! `rmad rma`: what staff do with an RMA. The customer is told of each step; the daemon sends what is recorded here.

mod order;
mod show;
pub(super) mod values;

use std::io::Write;
use std::process::ExitCode;

use anyhow::bail;
use clap::{Subcommand, ValueEnum};
use jiff::civil::Date;
use secrecy::ExposeSecret;

use self::values::{money, part, percent};
use super::Global;
use crate::case::steps::{Findings, Parcel, UnitName};
use crate::case::{Arrived, Fulfilment, RefundMethod, Refusal, Shipment, State};
use crate::clock::Clock;
use crate::config::{Config, Environment};
use crate::console::words;
use crate::daemon::{AdvanceShipment, By, Desk, Step, Taken};
use crate::order::Money;
use crate::policy::{Percent, Route};
use order::OrderStep;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
    /// Who takes the step
    #[arg(long, global = true, value_name = "NAME", env = "USER", default_value = "staff", value_parser = values::words)]
    by: String,
    /// Why, for the record
    #[arg(long, global = true, value_name = "TEXT", value_parser = values::words)]
    why: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Action {
    #[command(flatten)]
    Step(StepOf),
    #[command(flatten)]
    Order(OrderStep),
    /// Where an RMA stands
    Show {
        /// The RMA number, or the case's
        number: String,
    },
    /// What happened to the unit with this serial number
    Unit { serial: String },
}

#[derive(Debug, Subcommand)]
enum StepOf {
    /// A package came
    Receive(Receive),
    /// Units are turned away
    Refuse {
        /// The RMA number on the box, or the case number
        number: String,
        #[command(flatten)]
        units: Units,
        #[arg(long, value_enum)]
        reason: Reason,
        #[command(flatten)]
        day: Day,
    },
    /// What the inspection found
    Inspect(Inspect),
    /// How a return ends: refund, credit, replacement or repair
    Resolve(Resolve),
    /// More time for what has not come
    Extend {
        /// The RMA number
        number: String,
        /// The new last day
        #[arg(long, value_name = "DATE")]
        until: Date,
    },
    /// What has not come need not come any more
    Cancel {
        /// The RMA number
        number: String,
    },
    /// A held case goes on where its units stand; one without an RMA is closed
    Release {
        /// The case number, or its RMA's
        number: String,
    },
    /// A replacement was shipped before the defective unit is back
    Advance(Advance),
}

/// Which units; none named: all that the step can be about.
#[derive(Debug, clap::Args)]
struct Units {
    /// The serial number on a unit; may be repeated
    #[arg(long, value_name = "SERIAL", value_parser = values::words)]
    serial: Vec<String>,
    /// A product that bears no serial number, and how many of it: CABLE-6 or CABLE-6=3
    #[arg(long, value_name = "PART[=COUNT]", value_parser = part)]
    part: Vec<UnitName>,
}

#[derive(Debug, clap::Args)]
struct Day {
    /// The day on which it happened [default: today]
    #[arg(long, value_name = "DATE")]
    on: Option<Date>,
}

#[derive(Debug, clap::Args)]
struct Receive {
    /// The RMA number on the box, or the case number
    number: String,
    #[command(flatten)]
    units: Units,
    #[command(flatten)]
    day: Day,
    /// The serial number of a unit that is none of the RMA's
    #[arg(long, value_name = "SERIAL", value_parser = values::words)]
    other: Option<String>,
    /// In whose place it came
    #[arg(long, value_name = "SERIAL", requires = "other", value_parser = values::words)]
    instead_of: Option<String>,
    /// Who brought it
    #[arg(long, value_parser = values::words)]
    carrier: Option<String>,
    /// What is missing of box, manuals and accessories; the customer reads it
    #[arg(long, value_name = "TEXT", value_parser = values::words)]
    missing: Option<String>,
    /// Permanent marks, scratches or dents
    #[arg(long, value_name = "TEXT", value_parser = values::words)]
    marks: Option<String>,
    /// What is damaged
    #[arg(long, value_name = "TEXT", value_parser = values::words)]
    damage: Option<String>,
    /// The RMA number did not stand on the outside of the box
    #[arg(long)]
    unmarked_box: bool,
}

#[derive(Debug, clap::Args)]
struct Inspect {
    /// The RMA number
    number: String,
    #[command(flatten)]
    units: Units,
    #[command(flatten)]
    day: Day,
    /// Whether the defect that was claimed was found
    #[arg(long, value_enum)]
    defect: Option<Defect>,
    /// What the customer agreed to instead of what a return was approved for
    #[arg(long = "as", value_enum)]
    agreed: Option<Agreed>,
    /// The restocking fee in percent of the price
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    restocking: Option<Percent>,
    /// What a carrier billed for a wrong address or an interception [default: what was stated before, or nothing]
    #[arg(long, value_name = "AMOUNT", value_parser = money)]
    carrier_charge: Option<Money>,
}

#[derive(Debug, clap::Args)]
struct Resolve {
    /// The RMA number
    number: String,
    #[command(flatten)]
    units: Units,
    #[command(flatten)]
    day: Day,
    /// What the customer gets
    #[arg(long = "with", value_enum)]
    end: End,
    /// How a refund was paid
    #[arg(long, value_enum, default_value = "original-payment")]
    method: Method,
    /// Who takes the replacement, or the repaired unit, to the customer
    #[arg(long, value_parser = values::words)]
    carrier: Option<String>,
    /// The carrier's number for it
    #[arg(long, value_parser = values::words)]
    tracking: Option<String>,
    /// The serial number of the replacement
    #[arg(long, value_name = "SERIAL", value_parser = values::words)]
    replacement_serial: Option<String>,
    /// What came back was scrapped
    #[arg(long)]
    scrapped: bool,
}

#[derive(Debug, clap::Args)]
struct Advance {
    /// The number of the case that waits for it
    number: String,
    #[command(flatten)]
    day: Day,
    /// What was charged for the product
    #[arg(long, value_name = "AMOUNT", value_parser = money)]
    product_charge: Money,
    /// What was charged for freight
    #[arg(long, value_name = "AMOUNT", value_parser = money, default_value = "0.00")]
    freight_charge: Money,
    /// Who takes the replacement to the customer
    #[arg(long, value_parser = values::words)]
    carrier: String,
    /// The carrier's number for it
    #[arg(long, value_parser = values::words)]
    tracking: String,
    /// The serial number of the replacement
    #[arg(long, value_name = "SERIAL", value_parser = values::words)]
    replacement_serial: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Reason {
    Expired,
    Marks,
    /// Another unit came; the right one is waited for
    OtherUnit,
    /// Damage or an alteration that no warranty covers
    WarrantyVoid,
    /// Nothing is wrong with it
    NoDefect,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Defect {
    Confirmed,
    None,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Agreed {
    Refund,
    Credit,
    Exchange,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum End {
    Refund,
    Credit,
    Replacement,
    Repair,
    /// What was charged for an advance replacement is not due to come back
    ChargeStands,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Method {
    OriginalPayment,
    Check,
    Wire,
}

/// Takes the step and says what became of it.
///
/// # Errors
/// Where the configuration, the policy or the store cannot be used, or the step does not fit where the RMA stands.
pub async fn run(args: Args, global: &Global) -> anyhow::Result<ExitCode> {
    let (settings, sending, store) = Config::for_staff(&global.config, &Environment::of_process())?;
    let store = super::explain::open(store.url.expose_secret()).await?;
    let desk = Desk::new(store, &settings, super::run::gate(&settings, &sending), &sending.from)?;
    let now = Clock::system().now();
    let today = now.to_zoned(settings.vendor.time_zone).date();
    let by = By { actor: &args.by, why: args.why.as_deref() };
    let taken = match args.action {
        Action::Show { number } => return show::rma(&desk, &number).await,
        Action::Unit { serial } => return show::unit(&desk, &serial).await,
        Action::Order(order) => order.take(&desk, by, now, today).await?,
        Action::Step(step) => {
            let (number, step) = step.of(today)?;
            desk.take_step(&number, &step, by, now).await?
        }
    };
    tell(&taken)?;
    Ok(ExitCode::SUCCESS)
}

impl StepOf {
    /// The number it is about, and the step.
    fn of(self, today: Date) -> anyhow::Result<(String, Step)> {
        Ok(match self {
            StepOf::Receive(receive) => receive.step(today),
            StepOf::Refuse { number, units, reason, day } => {
                (number, Step::Refuse { units: units.names(), on: day.on.unwrap_or(today), why: reason.refusal() })
            }
            StepOf::Inspect(inspect) => inspect.step(today),
            StepOf::Resolve(resolve) => resolve.step(today)?,
            StepOf::Extend { number, until } => (number, Step::Extend { until }),
            StepOf::Cancel { number } => (number, Step::Cancel),
            StepOf::Release { number } => (number, Step::Release),
            StepOf::Advance(advance) => advance.step(today),
        })
    }
}

impl Units {
    fn names(self) -> Vec<UnitName> {
        self.serial.into_iter().map(UnitName::Serial).chain(self.part).collect()
    }
}

impl Receive {
    fn step(self, today: Date) -> (String, Step) {
        let mut units = self.units.names();
        let instead_of = self.instead_of;
        units.extend(self.other.map(|found| UnitName::Other { found, instead_of }));
        let condition = Arrived {
            missing: self.missing,
            marks: self.marks,
            damage: self.damage,
            unmarked_box: self.unmarked_box,
            refused_delivery: false,
        };
        let parcel = Parcel { on: self.day.on.unwrap_or(today), carrier: self.carrier, condition };
        (self.number, Step::Receive { units, parcel })
    }
}

impl Inspect {
    fn step(self, today: Date) -> (String, Step) {
        let findings = Findings {
            on: self.day.on.unwrap_or(today),
            defect_found: self.defect.map(|defect| defect == Defect::Confirmed),
            restocking: self.restocking,
            route: self.agreed.map(Agreed::route),
        };
        let (units, carrier_charge) = (self.units.names(), self.carrier_charge);
        (self.number, Step::Inspect { units, findings, carrier_charge })
    }
}

impl Resolve {
    fn step(self, today: Date) -> anyhow::Result<(String, Step)> {
        let on = self.day.on.unwrap_or(today);
        let shipment = match (self.carrier, self.tracking) {
            (Some(carrier), Some(tracking)) => Some(Shipment { carrier, tracking, shipped_on: on }),
            (None, None) => None,
            _ => bail!("a shipment has both: name it with --carrier and --tracking"),
        };
        let how = match (self.end, shipment) {
            (End::Refund, _) => Fulfilment::Refunded { method: self.method.method() },
            (End::Credit, _) => Fulfilment::Credited,
            (End::Replacement, Some(shipment)) => {
                Fulfilment::Replaced { shipment, serial_number: self.replacement_serial }
            }
            (End::Replacement, None) => bail!("name the replacement's shipment with --carrier and --tracking"),
            (End::Repair, shipment) => Fulfilment::Repaired { shipment },
            (End::ChargeStands, _) => Fulfilment::ChargeStands,
        };
        Ok((self.number, Step::Complete { units: self.units.names(), on, how, scrapped: self.scrapped }))
    }
}

impl Advance {
    fn step(self, today: Date) -> (String, Step) {
        let shipped_on = self.day.on.unwrap_or(today);
        let shipment = AdvanceShipment {
            shipment: Shipment { carrier: self.carrier, tracking: self.tracking, shipped_on },
            serial_number: self.replacement_serial,
            product_charge: self.product_charge,
            freight_charge: self.freight_charge,
        };
        (self.number, Step::Advance(shipment))
    }
}

impl Agreed {
    fn route(self) -> Route {
        match self {
            Agreed::Refund => Route::Refund,
            Agreed::Credit => Route::Credit,
            Agreed::Exchange => Route::Exchange,
        }
    }
}

impl Reason {
    fn refusal(self) -> Refusal {
        match self {
            Reason::Expired => Refusal::Expired,
            Reason::Marks => Refusal::Marks,
            Reason::OtherUnit => Refusal::OtherUnit,
            Reason::WarrantyVoid => Refusal::WarrantyVoid,
            Reason::NoDefect => Refusal::NoDefect,
        }
    }
}

impl Method {
    fn method(self) -> RefundMethod {
        match self {
            Method::OriginalPayment => RefundMethod::OriginalPayment,
            Method::Check => RefundMethod::Check,
            Method::Wire => RefundMethod::Wire,
        }
    }
}

fn tell(taken: &Taken) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    let rma = taken.case.rma.as_ref().map(|rma| format!(", {}", rma.number)).unwrap_or_default();
    writeln!(out, "{}", taken.event.what)?;
    writeln!(out, "Case {}{rma}: {}", taken.case.number, words::state(taken.case.state))?;
    if taken.case.state == State::HeldForReview {
        let flags: Vec<&str> = taken.case.flags.iter().map(|flag| words::flag(*flag)).collect();
        writeln!(out, "To look at: {}; `rmad rma release {}` when it is settled", flags.join("; "), taken.case.number)?;
    }
    match &taken.letter {
        Some(letter) => match &letter.withheld {
            None => writeln!(out, "To {}: {}", letter.recipient, letter.subject)?,
            Some(why) => writeln!(out, "Not sent to {}, because {why}: {}", letter.recipient, letter.subject)?,
        },
        None => writeln!(out, "Nobody was written to")?,
    }
    Ok(())
}
