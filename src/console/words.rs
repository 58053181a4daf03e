//! The policy's words as people say them: outcomes, flags, states, reasons, and where something was read.

use jiff::civil::Date;

use super::case_file::APPLIES;
use crate::case::decision::DecidedUnit;
use crate::case::reminders::Occasion;
use crate::case::steps::standing;
use crate::case::{Arrival, RmaUnit, State, Statement};
pub use crate::daemon::flag_words as flag;
use crate::mail::{Authenticity, Class};
use crate::policy::{OutcomeKind, Route, WindowLine};
use crate::store::SendingState;
use crate::understanding::{Detail, Place, Reason, Signal, Wish};

/// What became of a message.
pub fn outcome(kind: OutcomeKind) -> &'static str {
    match kind {
        OutcomeKind::RmaIssued => "RMA issued",
        OutcomeKind::DetailsRequested => "Details asked for",
        OutcomeKind::Declined => "Declined",
        OutcomeKind::CancellationAccepted => "Cancellation accepted",
        OutcomeKind::StatusGiven => "RMA status given",
        OutcomeKind::HeldForReview => "Held for review",
        OutcomeKind::Ignored => "Set aside",
    }
}

/// An outcome as it stands in an address: the policy's own word.
pub fn key(kind: OutcomeKind) -> String {
    match serde_json::to_value(kind) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// Every outcome, in the order in which staff look at them.
pub const OUTCOMES: [OutcomeKind; 7] = [
    OutcomeKind::HeldForReview,
    OutcomeKind::RmaIssued,
    OutcomeKind::DetailsRequested,
    OutcomeKind::Declined,
    OutcomeKind::CancellationAccepted,
    OutcomeKind::StatusGiven,
    OutcomeKind::Ignored,
];

/// Where a case stands.
pub fn state(state: State) -> &'static str {
    match state {
        State::New => "New",
        State::AwaitingDetails => "Waiting for the customer's details",
        State::Approved => "RMA issued, waiting for the goods",
        State::Received => "Goods received",
        State::Inspected => "Goods inspected",
        State::Resolved => "Resolved",
        State::Declined => "Declined",
        State::Expired => "RMA expired",
        State::Cancelled => "Cancelled",
        State::HeldForReview => "Waiting for staff",
        State::Closed => "Closed",
    }
}

/// What time brings to a case.
pub fn occasion(occasion: &Occasion) -> &'static str {
    match occasion {
        Occasion::DetailsReminder { is_last: false, .. }
        | Occasion::RmaReminder { is_last: false, .. }
        | Occasion::AdvanceReminder { is_last: false, .. } => "reminder",
        Occasion::DetailsReminder { .. } | Occasion::RmaReminder { .. } | Occasion::AdvanceReminder { .. } => {
            "last reminder"
        }
        Occasion::Closing { .. } => "the case closes",
        Occasion::Expiry { .. } => "the RMA expires",
        Occasion::Escalation { .. } => "staff are written to",
    }
}

/// Who wrote a message.
pub fn class(class: Class) -> &'static str {
    match class {
        Class::Human => "Written by a person",
        Class::AutoReply => "Automatic reply",
        Class::Bounce => "Report of failed delivery",
        Class::Bulk => "Bulk mail",
    }
}

/// Whether the sender is who the message says, and who found that out.
pub fn authenticity(verdict: Authenticity, found: Option<&str>) -> String {
    let verdict = match verdict {
        Authenticity::Pass => "The sender is vouched for",
        Authenticity::Fail => "The message is not from this sender",
        Authenticity::None => "Nobody vouches for the sender",
    };
    found.map_or_else(|| verdict.to_owned(), |found| format!("{verdict} ({found})"))
}

/// How far an outgoing message got.
pub fn sending(state: SendingState) -> &'static str {
    match state {
        SendingState::Recorded => "waiting to be sent",
        SendingState::Withheld => "not sent, kept for staff",
        SendingState::Accepted => "sent",
        SendingState::Refused => "refused by the mail server",
        SendingState::GivenUp => "could not be sent",
    }
}

pub fn detail(detail: Detail) -> &'static str {
    match detail {
        Detail::Account => "account",
        Detail::InvoiceNumber => "invoice number",
        Detail::PartNumber => "part number",
        Detail::SerialNumber => "serial number",
        Detail::Reason => "reason",
    }
}

pub fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Defective => "defective",
        Reason::DefectiveOnArrival => "defective on arrival",
        Reason::NotNeeded => "not needed",
        Reason::Incompatible => "does not fit",
        Reason::WrongItem => "wrong item",
        Reason::ShippingDamage => "damaged in shipping",
        Reason::MissingParts => "parts missing",
        Reason::Other => "another reason",
    }
}

pub fn wish(wish: Wish) -> &'static str {
    match wish {
        Wish::Refund => "refund",
        Wish::Credit => "credit",
        Wish::Exchange => "exchange",
        Wish::RepairOrReplacement => "repair or replacement",
        Wish::AdvanceReplacement => "replacement sent first",
        Wish::Cancel => "cancel the order",
        Wish::RefuseDelivery => "refuse the delivery",
        Wish::RmaStatus => "know how the RMA stands",
    }
}

pub fn signal(signal: Signal) -> &'static str {
    match signal {
        Signal::LegalThreat => "legal threat",
        Signal::VoidWarranty => "mishandled or altered",
        Signal::PurchasedElsewhere => "bought elsewhere",
        Signal::OtherLanguage => "not in English",
    }
}

/// Where words stood.
pub fn place(place: &Place) -> String {
    match place {
        Place::Body => "in the message".to_owned(),
        Place::Subject => "in the subject".to_owned(),
        Place::Forwarded => "in what was passed on".to_owned(),
        Place::Attachment(name) => format!("in the attachment {name}"),
        Place::Quoted => "in quoted mail".to_owned(),
        Place::OrderData => "from the order data".to_owned(),
    }
}

/// A day of the calendar: `9 Jun 2026`.
pub fn day(day: Date) -> String {
    day.strftime("%-d %b %Y").to_string()
}

/// A unit of an RMA: its numbers, and how far it has come.
pub fn rma_unit(unit: &RmaUnit) -> String {
    let RmaUnit { quantity, part_number, invoice_number, .. } = unit;
    let serial = unit.serial_number.as_ref().map(|serial| format!(", serial {serial}")).unwrap_or_default();
    let received = |arrival: &Arrival| match &arrival.found_serial {
        Some(found) => format!("another unit, {found}, received {} in its place", day(arrival.on)),
        None => format!("received {}", day(arrival.on)),
    };
    let steps = [
        unit.arrival.as_ref().map(received),
        unit.inspection.as_ref().map(|inspection| format!("inspected {}", day(inspection.on))),
        unit.ended.as_ref().map(|ended| format!("{} {}", ended.how.word(), day(ended.on))),
    ];
    let steps: Vec<String> = steps.into_iter().flatten().collect();
    let standing = if steps.is_empty() { standing(unit).to_owned() } else { steps.join(", ") };
    format!("{quantity} × {part_number}{serial}, invoice {invoice_number}: {standing}")
}

/// What was stated on units of an RMA, and whether it was paid.
pub fn statement(statement: &Statement) -> String {
    let Statement { on, invoice_number, estimate, .. } = statement;
    let paid = statement.settled_on.map_or("not paid yet".to_owned(), |on| format!("paid {}", day(on)));
    format!("{}: {} {}, invoice {invoice_number}, {paid}", day(*on), estimate.refund_high, estimate.currency)
}

/// A unit, or for a cancellation an order, by its numbers.
pub fn unit(unit: &DecidedUnit) -> String {
    let serial = unit.serial.as_ref().map(|serial| format!(", serial {serial}")).unwrap_or_default();
    match &unit.part {
        Some(part) => format!("{part}{serial}, invoice {}", unit.invoice),
        None => format!("Invoice {}", unit.invoice),
    }
}

/// What an RMA is issued for.
pub fn route(route: Route) -> &'static str {
    match route {
        Route::Return => "refund, credit or exchange",
        Route::Refund => "refund",
        Route::Credit => "credit",
        Route::Exchange => "exchange",
        Route::DefectiveOnArrival => "replacement, defective on arrival",
        Route::RepairOrReplacement => "repair or replacement",
        Route::InternationalRepair => "repair, international",
    }
}

/// A window beside the route that was granted: `Refund, credit or exchange, 15 days: ended 3 Jun 2026`.
pub fn window(window: &WindowLine) -> String {
    let standing =
        |last_day: Date, is_open: bool| format!("{} {}", if is_open { "until" } else { "ended" }, day(last_day));
    match *window {
        WindowLine::Refund { days, last_day, is_open } => {
            format!("Refund, credit or exchange, {days} days: {}", standing(last_day, is_open))
        }
        WindowLine::DefectOnArrival { days, last_day, is_open } => {
            format!("Defect on arrival, {days} days: {}", standing(last_day, is_open))
        }
        WindowLine::Warranty { last_day, is_open } => format!("Warranty: {}", standing(last_day, is_open)),
        WindowLine::LifetimeWarranty => "Warranty: for life".to_owned(),
        WindowLine::InternationalOrder => "Refund, credit or exchange: not for an international order".to_owned(),
    }
}

/// A rule that was tried, and what it found: `Rule 12: in warranty – warranty until 2028-12-09`. Of a rule on the whole
/// case that decided, its name says all.
pub fn step((rule, found): (&str, &str)) -> String {
    let (number, name) = rule.split_at(rule.find(char::is_alphabetic).unwrap_or_default());
    let lead = if number.is_empty() { String::new() } else { format!("Rule {}: ", number.trim_end()) };
    if found == APPLIES { format!("{lead}{name}") } else { format!("{lead}{name} – {found}") }
}

/// A letter's template as its name.
pub fn template(name: &str) -> String {
    name.replace('_', " ").replace("rma", "RMA")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_told_with_its_number_and_what_it_found() {
        for (rule, found, told) in [
            ("12 in warranty", "until 2028-12-09", "Rule 12: in warranty – until 2028-12-09"),
            ("5, 6 details to ask for", "applies", "Rule 5, 6: details to ask for"),
            ("3 thanks", "does not apply", "Rule 3: thanks – does not apply"),
            ("as found", "1 x UDP2-14AP", "as found – 1 x UDP2-14AP"),
        ] {
            assert_eq!(step((rule, found)), told);
        }
    }

    #[test]
    fn outcomes_have_the_words_of_the_policy_in_addresses() {
        assert_eq!(
            OUTCOMES.map(key).join(" "),
            "held_for_review rma_issued details_requested declined \
                                                 cancellation_accepted status_given ignored"
        );
    }
}
