//! Decisions are values: what was decided, on which clauses it rests, and which rules said so.

use serde::{Deserialize, Serialize};

/// What became of a message, a case or a unit; the words of the policy, section 3. Ordered from weakest to strongest
/// where no unit is eligible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    Ignored,
    StatusGiven,
    Declined,
    DetailsRequested,
    HeldForReview,
    CancellationAccepted,
    RmaIssued,
}

/// Why a person has to look, or what staff should see beside a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    ReplyBounced,
    AuthenticationFailed,
    LanguageNotSupported,
    LegalThreat,
    PurchasedElsewhere,
    NotAReturnRequest,
    RmaNotFound,
    SenderNotOnOrder,
    DetailsNotForthcoming,
    UnknownInvoice,
    PartNotOnInvoice,
    SerialNotOnInvoice,
    ConflictingDetails,
    SerialAlreadyInRma,
    OrderAlreadyCancelled,
    PossibleVoidWarranty,
    ShippingDamage,
    WrongItem,
    MissingParts,
    AdvanceReplacement,
    DeliveryDateUnknown,
    NoRuleApplies,
    DeclinedContested,
    /// A reply was written and not sent: a person has to decide whether it goes out.
    ReplyWithheld,
    /// Answers are asked for at an address of somebody else's: we wrote to the sender.
    ReplyToDiffers,
    Unreadable,
    /// A unit came back after the RMA's last day.
    ArrivedLate,
    /// A unit came back with another serial number than those on the RMA.
    OtherUnitReceived,
    /// Marks rule out the exchange or the credit that the RMA is for.
    ReturnMarked,
    /// A unit came back damaged.
    ReturnDamaged,
    /// A defect was claimed and none was found.
    NoDefectFound,
    UnitAlreadyReplaced,
    /// Refunded or credited.
    UnitAlreadyRefunded,
}

impl std::fmt::Display for Flag {
    /// The word of the policy: `sender_not_on_order`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.serialize(f)
    }
}
