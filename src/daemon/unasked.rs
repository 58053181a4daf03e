//! What no message asked for: reminders, what time ends, steps that staff take, mails to staff. It takes the same way to the
//! outbox as a reply, through the same gate.

use jiff::Timestamp;

use super::desk::Desk;
use super::gate::Today;
use super::letters::Way;
use crate::case::{Case, Event, Outcome, RmaChange};
use crate::mail::{Class, Mailbox};
use crate::outbox::Outgoing;
use crate::policy::OutcomeKind;
use crate::reply::{AutoSubmitted, Heading, Reply};
use crate::store::{Recorded, Result, Tx};

/// A letter to the customer of a case. An `occasion` is written to once ([`Outgoing::occasion`]).
///
/// # Errors
/// Where it cannot be written.
pub(super) fn to_customer(
    desk: &Desk,
    case: &Case,
    letter: &Reply,
    occasion: Option<String>,
    now: Timestamp,
) -> anyhow::Result<Outgoing> {
    let heading = Heading {
        vendor: &desk.letters.vendor,
        case_number: &case.number,
        subject: &case.subject,
        sender_name: case.customer_name.as_deref(),
    };
    let way = Way { in_reply_to: case.last_message_id.clone(), ..way(&case.customer, occasion, now) };
    desk.letters.outgoing(&letter.render(&heading)?, way)
}

/// A mail to staff.
///
/// # Errors
/// Where it cannot be written.
pub(super) fn to_staff(
    desk: &Desk,
    address: &str,
    mail: &Reply,
    occasion: String,
    now: Timestamp,
) -> anyhow::Result<Outgoing> {
    let heading = Heading { vendor: &desk.letters.vendor, case_number: "", subject: "", sender_name: None };
    desk.letters.outgoing(&mail.render(&heading)?, way(address, Some(occasion), now))
}

/// Whether it may go out is decided when it is recorded.
fn way(to: &str, occasion: Option<String>, now: Timestamp) -> Way {
    Way {
        to: Mailbox { address: to.to_owned(), name: None },
        in_reply_to: None,
        references: vec![],
        auto_submitted: AutoSubmitted::Generated,
        occasion,
        withheld: None,
        now,
    }
}

/// An outcome that settles no message.
pub(super) fn outcome(case: Option<Case>, events: Vec<Event>, replies: Vec<Outgoing>) -> Outcome {
    Outcome {
        message: None,
        message_id: None,
        kind: OutcomeKind::StatusGiven,
        class: Class::Human,
        flags: vec![],
        case,
        events,
        rma: RmaChange::None,
        ledger: vec![],
        cancelled: vec![],
        address: None,
        replies,
    }
}

/// Records it in a transaction in which nobody else answers; what the gate does not let out is withheld.
///
/// # Errors
/// As [`Tx::record`].
pub(super) async fn record(desk: &Desk, tx: &mut Tx, outcome: &mut Outcome, now: Timestamp) -> Result<Recorded> {
    let today = Today::at(now, tx).await?;
    desk.record(tx, outcome, None, today).await
}
