//! What staff do without an RMA number: packages that nobody announced, and cancelled orders.

use clap::Subcommand;
use jiff::Timestamp;
use jiff::civil::Date;

use super::Day;
use crate::cli::values::words;
use crate::daemon::{By, Desk, Taken};

#[derive(Debug, Subcommand)]
pub(super) enum OrderStep {
    /// A package without an RMA number is turned away, and its customer is told
    TurnAway {
        /// The serial number of the unit in it
        serial: String,
        #[command(flatten)]
        day: Day,
    },
    /// A cancelled order is voided
    Voided {
        /// The invoice number of the order
        invoice: String,
    },
    /// A delivery that was refused or could not be made came back
    TakeBack {
        /// The invoice number of the order
        invoice: String,
        #[arg(long, value_parser = words)]
        carrier: Option<String>,
        #[command(flatten)]
        day: Day,
    },
}

impl OrderStep {
    pub async fn take(self, desk: &Desk, by: By<'_>, now: Timestamp, today: Date) -> anyhow::Result<Taken> {
        match self {
            OrderStep::TurnAway { serial, day } => desk.turn_away(&serial, day.on.unwrap_or(today), by, now).await,
            OrderStep::Voided { invoice } => desk.note_voided(&invoice, by, now).await,
            OrderStep::TakeBack { invoice, carrier, day } => {
                desk.take_back(&invoice, day.on.unwrap_or(today), carrier.as_deref(), by, now).await
            }
        }
    }
}
