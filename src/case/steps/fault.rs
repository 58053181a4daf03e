//! Why a step cannot be taken.

use jiff::civil::Date;
use thiserror::Error;

use crate::policy::Percent;

/// Why a step cannot be taken, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StepFault {
    #[error("{rma} has no unit {wanted} that {can}; it has {listed}")]
    NoSuchUnit { rma: String, wanted: String, can: &'static str, listed: String },
    #[error("{rma} has no unit that {can}; it has {listed}")]
    Nothing { rma: String, can: &'static str, listed: String },
    #[error("compare the serial numbers and name them with --serial: {rma} expects {listed}")]
    SerialsNeeded { rma: String, listed: String },
    #[error(
        "several units of {rma} are expected: say with --instead-of in whose place {found} came; expected are {listed}"
    )]
    InsteadOf { rma: String, found: String, listed: String },
    #[error("a defect was claimed for {unit}: say with --defect confirmed or --defect none what was found")]
    FindingNeeded { unit: String },
    #[error("no defect was claimed for {unit}: leave --defect out")]
    NoDefectClaimed { unit: String },
    #[error("for {unit} a restocking fee of up to {ceiling} may be charged: set it with --restocking, 0 for none")]
    RateNeeded { unit: String, ceiling: Percent },
    #[error("{rate} is more than the {ceiling} that may be charged for {unit}")]
    RateAboveCeiling { unit: String, rate: Percent, ceiling: Percent },
    #[error("the statement of {on} is for {listed} together: name all of them")]
    StatementTogether { on: Date, listed: String },
    #[error(
        "{unit} came back with marks, which rule out exchange and credit (return.no-marks): inspect it again with --as \
         refund, or refuse it for its marks"
    )]
    Marks { unit: String },
    #[error(
        "{unit} came back for a defect, and the policy would not have granted that instead when the RMA was asked for"
    )]
    NoReturn { unit: String },
    #[error(
        "a replacement for {unit} was shipped in advance: its charge comes back with a refund (--with refund), or stands \
         (--with charge-stands)"
    )]
    InAdvance { unit: String },
    #[error("nothing was charged in advance for {unit}, or it is due to come back: no charge can stand")]
    NoCharge { unit: String },
    #[error("{rma} is good until {until}: no unit can be refused as expired before")]
    NotExpired { rma: String, until: Date },
    #[error("{unit} came in time: it cannot be refused as expired")]
    InTime { unit: String },
    #[error("{unit} did not come back under its warranty: no warranty can be void")]
    NoWarranty { unit: String },
    #[error("an inspection has to find no defect first: `rmad rma inspect` with --defect none for {unit}")]
    NoDefectNotFound { unit: String },
    #[error(
        "no final statement says that a {what} is due for {unit}: inspect it with --as what the customer agreed to, or \
         end it as what it was approved for"
    )]
    NothingDue { unit: String, what: &'static str },
    #[error("no other unit came in place of {unit}")]
    NoOther { unit: String },
    #[error(
        "{found} came in place of {unit}: send it back with `refuse --reason other-unit`, and {unit} is waited for again"
    )]
    Other { unit: String, found: String },
    #[error("{unit} was {last} on {since}: {day} is before that; give the day on which it happened")]
    BeforeLastStep { unit: String, last: &'static str, since: Date, day: Date },
    #[error("a sum is due for {unit}: pay it as stated, or inspect it again with --as what the customer agreed to")]
    SumDue { unit: String },
    #[error(
        "{unit} came back for a refund or for a defect: marks rule out exchange and credit alone (return.no-marks)"
    )]
    MarksDoNotMatter { unit: String },
    #[error("{unit} is a unit of {rma} itself: name it with --serial")]
    OwnUnit { rma: String, unit: String },
    #[error("{until} is over a year away: give a nearer last day")]
    TooFar { until: Date },
    #[error("{rma} is good until {until}: the new last day has to be later, and not in the past")]
    NotLater { rma: String, until: Date },
    #[error("{day} is before {rma} was issued on {issued}: give the day on which it happened")]
    BeforeIssue { rma: String, day: Date, issued: Date },
}
