//! Mails to the vendor's staff: notices, and what digest and escalations share with them. They pass the same gate as
//! whatever is sent. What becomes of one says nothing about the customer of its case: its bounce holds nothing.

use jiff::Timestamp;
use tracing::error;

use super::desk::Desk;
use super::unasked::to_staff;
use crate::case::{Case, Rma};
use crate::outbox::Outgoing;
use crate::policy::Flag;
use crate::reply::{FlaggedThread, Lapse, Reply, StaffNotice};

/// Who looks after the returns desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff {
    /// Where mails to staff go; none of our own addresses.
    pub address: String,
    /// The console's address, without a slash at its end; `None` where there is none.
    pub console: Option<String>,
}

impl Staff {
    pub(super) fn case_page(&self, number: &str) -> Option<String> {
        self.console.as_ref().map(|console| format!("{console}/cases/{number}"))
    }

    pub(super) fn message_page(&self, message: i64) -> Option<String> {
        self.console.as_ref().map(|console| format!("{console}/messages/{message}"))
    }
}

/// A last day has passed; `None` where there is nobody to tell, or no writing it.
pub(super) fn notice(
    desk: &Desk,
    case: &Case,
    rma: &Rma,
    lapse: Lapse,
    occasion: String,
    now: Timestamp,
) -> Option<Outgoing> {
    let staff = desk.staff.as_ref()?;
    let notice = Reply::StaffNotice(StaffNotice {
        case_number: case.number.clone(),
        rma_number: rma.number.clone(),
        customer: case.customer.clone(),
        last_day: rma.expires_on,
        lapse,
        url: staff.case_page(&case.number),
    });
    let written = to_staff(desk, &staff.address, &notice, occasion, now);
    written.inspect_err(|fault| tell(fault, &case.number)).ok()
}

/// A case that a person has to look at, as staff are told of it.
pub(super) fn flagged(desk: &Desk, staff: &Staff, case: &Case, now: Timestamp) -> FlaggedThread {
    let mut reasons: Vec<String> = case.flags.iter().map(|flag| flag_words(*flag).to_owned()).collect();
    if reasons.is_empty() {
        reasons.push("held for review".to_owned());
    }
    let since = case.for_staff_since.unwrap_or(case.since);
    FlaggedThread {
        case_number: case.number.clone(),
        customer: case.customer.clone(),
        subject: case.subject.clone(),
        reasons,
        since: desk.schedule.calendar.day(since),
        age_hours: u32::try_from(now.duration_since(since).as_hours()).unwrap_or_default(),
        url: staff.case_page(&case.number),
    }
}

pub(super) fn tell(fault: &anyhow::Error, case: &str) {
    error!(case, error = format!("{fault:#}"), "a mail to staff cannot be written");
}

/// Why a person has to look, or what to see beside a decision.
pub fn flag_words(flag: Flag) -> &'static str {
    match flag {
        Flag::ReplyBounced => "our reply could not be delivered",
        Flag::AuthenticationFailed => "sender not authentic",
        Flag::LanguageNotSupported => "not in English",
        Flag::LegalThreat => "legal threat",
        Flag::PurchasedElsewhere => "bought elsewhere",
        Flag::NotAReturnRequest => "not about a return",
        Flag::RmaNotFound => "asks about an RMA that was not found",
        Flag::SenderNotOnOrder => "sender is not this order's customer",
        Flag::DetailsNotForthcoming => "details did not come",
        Flag::UnknownInvoice => "invoice not among the sender's",
        Flag::PartNotOnInvoice => "part is not on the invoice",
        Flag::SerialNotOnInvoice => "serial number is not on the invoice",
        Flag::ConflictingDetails => "details contradict each other",
        Flag::SerialAlreadyInRma => "unit is in another RMA already",
        Flag::OrderAlreadyCancelled => "order is canceled already",
        Flag::PossibleVoidWarranty => "warranty may be void",
        Flag::ShippingDamage => "damaged in shipping",
        Flag::WrongItem => "wrong item delivered",
        Flag::MissingParts => "parts missing",
        Flag::AdvanceReplacement => "wants the replacement first",
        Flag::DeliveryDateUnknown => "delivery date unknown",
        Flag::NoRuleApplies => "no rule applies",
        Flag::DeclinedContested => "contests our decline",
        Flag::ReplyWithheld => "reply written, not sent",
        Flag::ReplyToDiffers => "wants the answer at somebody else's address",
        Flag::Unreadable => "cannot be read",
        Flag::ArrivedLate => "came back after the last day",
        Flag::OtherUnitReceived => "another unit came back than the one on the RMA",
        Flag::ReturnMarked => "came back with marks",
        Flag::ReturnDamaged => "came back damaged",
        Flag::NoDefectFound => "no defect was found",
        Flag::UnitAlreadyReplaced => "unit was replaced before",
        Flag::UnitAlreadyRefunded => "unit was refunded or credited before",
    }
}
