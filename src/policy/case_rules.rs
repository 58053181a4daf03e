//! Rules 1 to 7 of the policy, section 3: one function a rule, in the order in which they are tried.

use super::clause;
use super::inquiry::{Inquiry, Judgement, Phase, Verdict};
use super::judgement::{Flag, OutcomeKind};
use crate::mail::{Authenticity, Class};
use crate::order::GoneAs;
use crate::understanding::{About, Detail, Misfit, Reason, Signal, Unit, Wish};

type Rule = (&'static str, fn(&Inquiry<'_>) -> Option<Judgement>);

/// The first that applies decides.
pub(super) const CASE_RULES: [Rule; 20] = [
    ("1 a reply of ours bounced", reply_bounced),
    ("1 not a person's mail", not_a_person),
    ("2 authentication failed", authentication_failed),
    ("3 the case is held", held_already),
    ("2 another language", other_language),
    ("2 legal threat", legal_threat),
    ("3 thanks", only_thanks),
    ("3 a question about an RMA", status),
    ("2 bought elsewhere, in the customer's words", says_bought_elsewhere),
    ("3 a decline contested", contested),
    ("3 not about a return", not_a_return),
    ("4 not the order's customer", not_the_customer),
    ("6 details in conflict", conflict),
    ("6 a misfit, again", misfit_again),
    ("5 nothing new, again", nothing_new),
    ("5, 6 details to ask for", details),
    ("6 an RMA is open", in_rma),
    ("6 a unit is gone", gone),
    ("6 an order is cancelled", cancelled_already),
    ("7 a person must judge", person_must_judge),
];

fn reply_bounced(inquiry: &Inquiry<'_>) -> Option<Judgement> {
    inquiry.bounce_of_ours.then(|| Judgement::refer(Flag::ReplyBounced).silently())
}

fn not_a_person(inquiry: &Inquiry<'_>) -> Option<Judgement> {
    (inquiry.class != Class::Human).then(Judgement::ignore)
}

fn authentication_failed(inquiry: &Inquiry<'_>) -> Option<Judgement> {
    (inquiry.authenticity == Authenticity::Fail).then(|| Judgement::refer(Flag::AuthenticationFailed).silently())
}

/// A held case stays held until staff release it; mail that arrives meanwhile joins it unanswered.
fn held_already(inquiry: &Inquiry<'_>) -> Option<Judgement> {
    (inquiry.history.phase == Phase::HeldForReview).then(Judgement::joins_held)
}

fn other_language(inquiry: &Inquiry<'_>) -> Option<Judgement> {
    has(inquiry, Signal::OtherLanguage).then(|| Judgement::refer(Flag::LanguageNotSupported))
}

fn legal_threat(inquiry: &Inquiry<'_>) -> Option<Judgement> {
    has(inquiry, Signal::LegalThreat).then(|| Judgement::refer(Flag::LegalThreat))
}

/// The order data knows better: a unit of the sender's own orders was not bought elsewhere.
fn says_bought_elsewhere(inquiry: &Inquiry<'_>) -> Option<Judgement> {
    let found = !inquiry.resolution.units.is_empty() || !inquiry.resolution.orders.is_empty();
    (has(inquiry, Signal::PurchasedElsewhere) && !found)
        .then(|| Judgement::refer(Flag::PurchasedElsewhere).citing(clause::WARRANTY_OTHER_CHANNEL))
}

/// Thanks alone, in a case that waits for nothing.
fn only_thanks(inquiry: &Inquiry<'_>) -> Option<Judgement> {
    let waits_for_nothing =
        matches!(inquiry.history.phase, Phase::Approved | Phase::Declined | Phase::Lapsed | Phase::Over);
    (inquiry.about == About::Thanks && waits_for_nothing).then(Judgement::ignore)
}

/// A question about an RMA that the sender has.
fn status(inquiry: &Inquiry<'_>) -> Option<Judgement> {
    if inquiry.about != About::Status || matches!(inquiry.history.phase, Phase::Declined) {
        return None;
    }
    if inquiry.own_rmas.is_empty() {
        return Some(Judgement::refer(Flag::RmaNotFound));
    }
    Some(Judgement::status(inquiry.own_rmas.clone()))
}

fn contested(inquiry: &Inquiry<'_>) -> Option<Judgement> {
    (inquiry.history.phase == Phase::Declined).then(|| Judgement::refer(Flag::DeclinedContested))
}

/// What is not about a return is for a person; so is whatever else is said in a case that was decided.
fn not_a_return(inquiry: &Inquiry<'_>) -> Option<Judgement> {
    match inquiry.history.phase {
        Phase::New if matches!(inquiry.about, About::Other | About::Thanks) => {
            Some(Judgement::refer(Flag::NotAReturnRequest).silently())
        }
        Phase::Approved if repeats_the_request(inquiry) => Some(Judgement::status(inquiry.own_rmas.clone())),
        // Another RMA for the same units is asked for.
        Phase::Lapsed if inquiry.about == About::Return => None,
        Phase::Approved | Phase::Lapsed | Phase::Over => Some(Judgement::refer(Flag::NoRuleApplies)),
        _ => None,
    }
}

/// The units of the case's own RMA are asked for once more.
fn repeats_the_request(inquiry: &Inquiry<'_>) -> bool {
    inquiry.about == About::Return && !inquiry.history.brings_news && !inquiry.own_rmas.is_empty()
}

/// Answered the same whether or not what was named exists.
fn not_the_customer(inquiry: &Inquiry<'_>) -> Option<Judgement> {
    let sender = inquiry.sender;
    (!sender.is_customer && sender.names_numbers).then(|| Judgement::refer(Flag::SenderNotOnOrder))
}

fn conflict(inquiry: &Inquiry<'_>) -> Option<Judgement> {
    let conflicts = |misfit: &Misfit| matches!(misfit, Misfit::Conflict { .. });
    let unknown = |misfit: &Misfit| matches!(misfit, Misfit::UnknownInvoice { .. });
    let misfits = &inquiry.resolution.misfits;
    (misfits.iter().any(conflicts) && !misfits.iter().any(unknown)).then(|| Judgement::refer(Flag::ConflictingDetails))
}

/// The same misfit a second time in the case.
fn misfit_again(inquiry: &Inquiry<'_>) -> Option<Judgement> {
    let flags = misfit_flags(&inquiry.resolution.misfits);
    let again =
        flags.into_iter().find(|flag| *flag != Flag::SenderNotOnOrder && inquiry.history.asked_about.contains(flag))?;
    Some(Judgement::refer(again))
}

/// The second answer to a request for details that brings nothing new.
fn nothing_new(inquiry: &Inquiry<'_>) -> Option<Judgement> {
    let history = &inquiry.history;
    let asked = history.phase == Phase::AwaitingDetails && !questions(inquiry).is_empty();
    (asked && !history.brings_news && history.fruitless_answers >= 1)
        .then(|| Judgement::refer(Flag::DetailsNotForthcoming))
}

/// What was never given, and what does not fit.
fn details(inquiry: &Inquiry<'_>) -> Option<Judgement> {
    let misfits = inquiry.resolution.misfits.clone();
    let missing = questions(inquiry);
    if missing.is_empty() && misfits.is_empty() {
        return None;
    }
    Some(Judgement {
        kind: OutcomeKind::DetailsRequested,
        flags: misfit_flags(&misfits),
        verdict: Verdict::Ask { missing, misfits },
        clauses: vec![clause::RMA_INFORMATION, clause::RMA_REQUIRED],
        trail: vec![],
    })
}

/// The details that were never given. Beside a misfit nothing is asked that its answer may settle.
fn questions(inquiry: &Inquiry<'_>) -> Vec<Detail> {
    let mut missing = if inquiry.resolution.misfits.is_empty() { inquiry.resolution.missing.clone() } else { vec![] };
    if !inquiry.sender.is_customer && !inquiry.sender.states_account {
        missing.push(Detail::Account);
    }
    let needs_reason =
        inquiry.about != About::Cancel && inquiry.facts.wanted.as_ref().is_none_or(|wish| wish.value != Wish::Cancel);
    if needs_reason && inquiry.facts.reason.is_none() {
        missing.push(Detail::Reason);
    }
    missing.sort_unstable();
    missing.dedup();
    missing
}

fn misfit_flags(misfits: &[Misfit]) -> Vec<Flag> {
    let mut flags: Vec<Flag> = misfits
        .iter()
        .flat_map(|misfit| match misfit {
            Misfit::UnknownInvoice { elsewhere: true, .. } => vec![Flag::UnknownInvoice, Flag::SenderNotOnOrder],
            Misfit::UnknownInvoice { .. } => vec![Flag::UnknownInvoice],
            Misfit::PartNotOnInvoice { .. } => vec![Flag::PartNotOnInvoice],
            Misfit::SerialNotOnInvoice { .. } => vec![Flag::SerialNotOnInvoice],
            Misfit::Conflict { .. } => vec![Flag::ConflictingDetails],
        })
        .collect();
    flags.dedup();
    flags
}

/// A unit that already has an open RMA: its own customer is told, anyone else goes to a person.
fn in_rma(inquiry: &Inquiry<'_>) -> Option<Judgement> {
    let open = &inquiry.open_rmas;
    if open.is_empty() {
        return None;
    }
    if open.iter().any(|rma| !rma.is_own) {
        return Some(Judgement::refer(Flag::SerialAlreadyInRma));
    }
    let names_others = inquiry.resolution.units.iter().any(|unit| !open.iter().any(|rma| rma.lists(unit)));
    (!names_others).then(|| Judgement::status(open.clone()))
}

/// A unit whose return has ended in money or in another unit.
fn gone(inquiry: &Inquiry<'_>) -> Option<Judgement> {
    // what is in an open RMA is told of beside the rest
    let is_listed = |unit: &&Unit| inquiry.open_rmas.iter().any(|rma| rma.lists(unit));
    let mut units = inquiry.resolution.units.iter().filter(|unit| !is_listed(unit));
    let how = units.find_map(|unit| unit.line.gone_as(unit.serial.as_deref(), unit.quantity))?;
    Some(Judgement::refer(match how {
        GoneAs::Replaced => Flag::UnitAlreadyReplaced,
        GoneAs::Refunded | GoneAs::Credited => Flag::UnitAlreadyRefunded,
    }))
}

/// What was cancelled is not cancelled, and not paid back, a second time. Who tells of a defect has the goods, whatever
/// the order data says: that is rule 8's.
fn cancelled_already(inquiry: &Inquiry<'_>) -> Option<Judgement> {
    let facts = inquiry.facts;
    let is_called_off =
        facts.wanted.as_ref().is_some_and(|told| matches!(told.value, Wish::Cancel | Wish::RefuseDelivery));
    let is_defective = facts.reason.as_ref().is_some_and(|told| told.value.is_defect());
    let again = !inquiry.cancelled_orders.is_empty() && (is_called_off || !is_defective);
    again.then(|| Judgement::refer(Flag::OrderAlreadyCancelled))
}

/// What the data or the customer tells that the rules cannot weigh.
fn person_must_judge(inquiry: &Inquiry<'_>) -> Option<Judgement> {
    let resolution = inquiry.resolution;
    let invoices = resolution.units.iter().map(|unit| &unit.invoice).chain(&resolution.orders);
    if invoices.into_iter().any(|invoice| !invoice.is_direct()) {
        return Some(Judgement::refer(Flag::PurchasedElsewhere).citing(clause::WARRANTY_OTHER_CHANNEL));
    }
    if inquiry.about == About::Cancel {
        return None;
    }
    let wants = inquiry.facts.wanted.as_ref().map(|told| told.value);
    match inquiry.facts.reason.as_ref().map(|told| told.value) {
        Some(Reason::ShippingDamage) => Some(Judgement::refer(Flag::ShippingDamage)),
        Some(Reason::WrongItem) => Some(Judgement::refer(Flag::WrongItem)),
        Some(Reason::MissingParts) => Some(Judgement::refer(Flag::MissingParts)),
        _ if has(inquiry, Signal::VoidWarranty) => {
            Some(Judgement::refer(Flag::PossibleVoidWarranty).citing(clause::WARRANTY_VOID))
        }
        _ if wants == Some(Wish::AdvanceReplacement) => {
            Some(Judgement::refer(Flag::AdvanceReplacement).citing(clause::REPLACEMENT_ADVANCE))
        }
        _ => None,
    }
}

fn has(inquiry: &Inquiry<'_>, signal: Signal) -> bool {
    inquiry.facts.signals.iter().any(|told| told.value == signal)
}
