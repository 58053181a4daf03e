//! Every message we can write, and its rendering: values in, subject, text and HTML out.
//!
//! [`Reply`] names the letters and `letters` says what each needs to know; their wording stands in `templates/<letter>/`,
//! as text and as HTML, which say the same. What a letter tells of a customer's words passes through `characters` first,
//! in either form: no value can leave its line, turn into markup, or disguise what stands beside it.

mod characters;
mod compose;
mod filters;
mod label;
mod letters;
mod life;
mod pages;
mod refund;
mod salutation;
mod staff;
mod status;
mod subject;
mod typeset;
mod values;

pub use compose::{Addressing, AutoSubmitted, ComposeError, can_be_written_to, compose};
pub use label::{Label, LabelError};
pub use letters::{
    AuthorizedUnit, CanceledOrder, CancellationAccepted, Declined, DetailsReminder, DetailsRequested, DetailsTurn,
    Grant, HeldForReview, Matter, Mismatch, Purpose, RmaIssued, RmaReminder, RmaTurn, SenderNotOnOrder, Understood,
};
pub use life::{
    AdvanceCharge, AdvanceReminder, AdvanceShipped, AdvanceTurn, ArrivedUnit, CaseClosed, Ending, FinalStatement,
    Finding, InspectedUnit, InspectionResult, Instead, Next, NotOwed, PackageReceived, RefundMethod, Refusal, Remark,
    ReturnCompleted, RmaCanceled, RmaExpired, RmaExtended, Settled, Shipment, UnitRefused, WarrantyNote,
};
pub use refund::{Range, RefundItem, RefundLine, RefundStatement};
pub use salutation::personal_name;
pub use staff::{
    Failing, FlaggedThread, Lapse, Listed, Overdue, StaffDigest, StaffEscalation, StaffNotice, Stuck, ToInspect,
    ToVoid, Undelivered, Unreadable,
};
pub use status::{Progress, RmaStatus, Standing, StatusGiven, UnitStatus};
pub use values::{
    Aside, ClauseLine, Correction, DeclinedGoods, Detail, DetailRequest, Goods, NamedUnit, Objection, Offer, Record,
    Unit, Vendor,
};

/// A message to a customer or to staff, before it is put into words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    RmaIssued(RmaIssued),
    DetailsRequested(DetailsRequested),
    Declined(Declined),
    CancellationAccepted(CancellationAccepted),
    StatusGiven(StatusGiven),
    HeldForReview(HeldForReview),
    SenderNotOnOrder(SenderNotOnOrder),
    DetailsReminder(DetailsReminder),
    RmaReminder(RmaReminder),
    PackageReceived(PackageReceived),
    InspectionResult(InspectionResult),
    ReturnCompleted(ReturnCompleted),
    RmaExtended(RmaExtended),
    UnitRefused(UnitRefused),
    RmaCanceled(RmaCanceled),
    RmaExpired(RmaExpired),
    CaseClosed(CaseClosed),
    AdvanceShipped(AdvanceShipped),
    AdvanceReminder(AdvanceReminder),
    StaffDigest(StaffDigest),
    StaffEscalation(StaffEscalation),
    StaffNotice(StaffNotice),
}

/// Who writes to whom, about which case.
#[derive(Debug, Clone, Copy)]
pub struct Heading<'a> {
    pub vendor: &'a Vendor,
    /// `C-10023`; a mail to staff names its cases itself.
    pub case_number: &'a str,
    /// The subject of the customer's message, as it came; a mail to staff has its own.
    pub subject: &'a str,
    /// The display name of the customer's mailbox, as it came.
    pub sender_name: Option<&'a str>,
}

/// A message put into words, twice: the text and the HTML say the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The letter it was written from, for instance `rma_issued`.
    pub template: &'static str,
    pub subject: String,
    /// Lines end in LF; no line is longer than 72 characters unless it holds a URL.
    pub text: String,
    pub html: String,
    pub attachments: Vec<Attachment>,
}

/// A file that goes with a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Safe to save under: letters, digits, `-`, `_` and `.` of ASCII.
    pub name: String,
    /// For instance `application/pdf`.
    pub content_type: &'static str,
    pub bytes: Vec<u8>,
}

/// A letter that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("the letter {template} could not be written from its template: {cause}")]
    Page { template: &'static str, cause: askama::Error },
    #[error("the letter {template} lacks its label: {cause}")]
    Label { template: &'static str, cause: LabelError },
}

impl Reply {
    /// Puts the message into words.
    ///
    /// # Errors
    /// Where an RMA number cannot be written as a code. The templates are checked when the program is compiled.
    pub fn render(&self, heading: &Heading<'_>) -> Result<Rendered, RenderError> {
        match self {
            Reply::RmaIssued(letter) => pages::rendered(letter, heading),
            Reply::DetailsRequested(letter) => pages::rendered(letter, heading),
            Reply::Declined(letter) => pages::rendered(letter, heading),
            Reply::CancellationAccepted(letter) => pages::rendered(letter, heading),
            Reply::StatusGiven(letter) => pages::rendered(letter, heading),
            Reply::HeldForReview(letter) => pages::rendered(letter, heading),
            Reply::SenderNotOnOrder(letter) => pages::rendered(letter, heading),
            Reply::DetailsReminder(letter) => pages::rendered(letter, heading),
            Reply::RmaReminder(letter) => pages::rendered(letter, heading),
            Reply::PackageReceived(letter) => pages::rendered(letter, heading),
            Reply::InspectionResult(letter) => pages::rendered(letter, heading),
            Reply::ReturnCompleted(letter) => pages::rendered(letter, heading),
            Reply::RmaExtended(letter) => pages::rendered(letter, heading),
            Reply::UnitRefused(letter) => pages::rendered(letter, heading),
            Reply::RmaCanceled(letter) => pages::rendered(letter, heading),
            Reply::RmaExpired(letter) => pages::rendered(letter, heading),
            Reply::CaseClosed(letter) => pages::rendered(letter, heading),
            Reply::AdvanceShipped(letter) => pages::rendered(letter, heading),
            Reply::AdvanceReminder(letter) => pages::rendered(letter, heading),
            Reply::StaffDigest(letter) => pages::rendered(letter, heading),
            Reply::StaffEscalation(letter) => pages::rendered(letter, heading),
            Reply::StaffNotice(letter) => pages::rendered(letter, heading),
        }
    }

    /// The clauses of the policy that the letter cites.
    pub fn cited(&self) -> Vec<&ClauseLine> {
        match self {
            Reply::RmaIssued(letter) => letter.policy().into_iter().chain(&letter.terms).collect(),
            Reply::DetailsRequested(letter) => letter.policy(),
            Reply::Declined(letter) => letter.policy(),
            Reply::CancellationAccepted(letter) => letter.policy(),
            Reply::HeldForReview(letter) => letter.policy(),
            Reply::PackageReceived(letter) => letter.policy(),
            Reply::InspectionResult(letter) => letter.policy(),
            Reply::ReturnCompleted(letter) => letter.policy(),
            Reply::UnitRefused(letter) => letter.policy(),
            Reply::AdvanceShipped(letter) => letter.policy(),
            Reply::StatusGiven(_)
            | Reply::SenderNotOnOrder(_)
            | Reply::DetailsReminder(_)
            | Reply::RmaReminder(_)
            | Reply::RmaExtended(_)
            | Reply::RmaCanceled(_)
            | Reply::RmaExpired(_)
            | Reply::CaseClosed(_)
            | Reply::AdvanceReminder(_)
            | Reply::StaffDigest(_)
            | Reply::StaffEscalation(_)
            | Reply::StaffNotice(_) => vec![],
        }
    }
}
