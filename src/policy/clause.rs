//! The clauses of the policy: what a decision rests on and a customer is told.
//!
//! Ids are fixed here for the clauses that a rule cites; titles and texts are data (`config/policy.toml`). Which clause
//! speaks of a product line's warranty is data too.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// One clause, ready to be shown: its figures are filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Clause {
    pub id: ClauseId,
    pub title: String,
    /// One or two sentences for the customer.
    pub text: String,
}

/// Names a clause, for instance `warranty.start`; serialised as just that.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClauseId(Cow<'static, str>);

impl ClauseId {
    pub fn new(id: impl Into<String>) -> ClauseId {
        ClauseId(Cow::Owned(id.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ClauseId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Declares the clauses that rules cite, and lists them: a policy without one of them is not accepted, nor one with a
/// clause that is neither among them nor named by a warranty.
macro_rules! cited_clauses {
    ($($(#[$doc:meta])* $name:ident = $id:literal;)+) => {
        $($(#[$doc])* pub const $name: ClauseId = ClauseId(Cow::Borrowed($id));)+

        /// Every clause that a rule may cite.
        pub static CITED: &[ClauseId] = &[$($name),+];
    };
}

cited_clauses! {
    /// Extended months are added to the standard term.
    WARRANTY_EXTENDED = "warranty.extended";
    /// The term starts on the invoice date.
    WARRANTY_START = "warranty.start";
    /// Bought from a reseller or distributor.
    WARRANTY_OTHER_CHANNEL = "warranty.other-channel";
    /// Mishandled, abused or altered.
    WARRANTY_VOID = "warranty.void";
    /// Nothing comes back without an RMA number.
    RMA_REQUIRED = "rma.required";
    /// The five details.
    RMA_INFORMATION = "rma.information";
    /// How long an RMA number is good for.
    RMA_VALIDITY = "rma.valid-14-days";
    /// The number goes on the outside of the box.
    RMA_NUMBER_ON_BOX = "rma.number-on-box";
    /// Refund, credit or exchange soon after receipt.
    RETURN_DOMESTIC = "return.domestic-15-days";
    /// None later.
    RETURN_NO_REFUND = "return.no-refund-after-15-days";
    /// International orders do not come back.
    RETURN_INTERNATIONAL = "return.international";
    /// Fee on a product without a defect.
    RETURN_RESTOCKING = "return.restocking-15";
    /// Fee on an incomplete return.
    RETURN_INCOMPLETE = "return.incomplete-30";
    /// How to pack.
    RETURN_PACKAGING = "return.original-packaging";
    /// Marks rule out exchange and credit.
    RETURN_NO_MARKS = "return.no-marks";
    /// The customer pays the way back.
    SHIPPING_RETURN_PREPAID = "shipping.return-prepaid";
    /// How replacements travel.
    SHIPPING_REPLACEMENT = "shipping.replacement-ground";
    /// Who pays for an international repair's freight.
    SHIPPING_INTERNATIONAL_REPAIR = "shipping.international-repair";
    /// Returns travel at the customer's risk.
    SHIPPING_INSURE_RETURN = "shipping.insure-return";
    /// Shipping and handling stay paid.
    SHIPPING_NOT_REFUNDABLE = "shipping.not-refundable";
    /// Free shipping is charged back.
    SHIPPING_FREE = "shipping.free-shipping";
    /// What a carrier charges for an address that the customer gave.
    SHIPPING_ADDRESS_CORRECTION = "shipping.address-correction";
    /// Refused or undeliverable shipments.
    SHIPPING_REFUSED = "shipping.refused";
    /// How refunds are paid.
    REFUND_METHOD = "refund.method";
    /// Card and PayPal cost, domestic.
    FEE_PROCESSING_DOMESTIC = "fee.processing-domestic";
    /// Card and PayPal cost, international.
    FEE_PROCESSING_INTERNATIONAL = "fee.processing-international";
    /// What an international wire costs.
    FEE_INTERNATIONAL_WIRE = "fee.international-wire";
    /// Until when a domestic order can be cancelled.
    CANCEL_DOMESTIC = "cancel.domestic";
    /// Until when an international order can be cancelled.
    CANCEL_INTERNATIONAL = "cancel.international";
    /// Defective on arrival.
    DOA = "doa.7-days";
    /// A replacement ships before the defective unit is back.
    REPLACEMENT_ADVANCE = "replacement.advance";
}
