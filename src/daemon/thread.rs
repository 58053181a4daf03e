//! Which case a message belongs to.
//!
//! A thread is joined by a Message-ID that we minted, or the address that goes with it; by one of the customer's own that
//! the case holds already; or by a case or RMA number; each time only if the sender belongs to the case. A number alone,
//! from a stranger or from whom our server looked at and did not vouch for, opens nothing, and an id in our form without
//! our digest is none.

use std::collections::BTreeSet;

use super::bounce::returned;
use crate::case::Case;
use crate::case::rma_number::{RmaFormat, find_case_numbers};
use crate::mail::{Authenticity, Class, Keys, Message};
use crate::store::{Result, Tx};

/// What a message names of our cases.
#[derive(Debug, Default)]
pub struct Thread {
    /// The case that it belongs to.
    pub case: Option<Case>,
    /// The number of a case in whose thread it stands and that the sender has no part in, where it belongs to none.
    pub anothers: Option<String>,
}

/// Finds the case of a message among those that it names: by thread first, then by number.
///
/// # Errors
/// Where the store fails.
pub async fn thread_of(
    tx: &mut Tx,
    message: &Message,
    format: &RmaFormat,
    free_mail: &BTreeSet<String>,
    keys: &Keys,
) -> Result<Thread> {
    if message.class == Class::Bounce {
        return Ok(Thread { case: tx.case_by_sent_message_ids(&returned(message, keys)).await?, anothers: None });
    }
    let mut named = Vec::new();
    let thread = unforged(named_ids(message).into_iter().chain(addressed(message, keys)), keys);
    if !thread.is_empty() {
        named.extend(tx.case_by_sent_message_ids(&thread).await?);
        named.extend(tx.case_by_received_message_ids(&thread).await?);
    }
    // whom nobody vouches for, though our server looked, has to know more than a number that can be guessed
    let is_unvouched = message.authenticity == Authenticity::None && message.authentication.is_some();
    let in_thread = named.first().map(|case| case.number.clone());
    let words = if is_unvouched { String::new() } else { format!("{}\n{}", message.subject, message.words.new_text) };
    for number in find_case_numbers(&words) {
        named.extend(tx.case_by_number(&number).await?);
    }
    for number in format.find_in(&words).into_iter().filter_map(|found| found.number) {
        named.extend(tx.case_by_rma_number(&number).await?);
    }
    let case = named.into_iter().find(|case| belongs(case, message, free_mail));
    let anothers = in_thread.filter(|_| case.is_none() && message.authenticity != Authenticity::Fail);
    Ok(Thread { case, anothers })
}

/// Without what bears our form and not our digest.
pub(super) fn unforged(ids: impl Iterator<Item = String>, keys: &Keys) -> Vec<String> {
    ids.filter(|id| !keys.is_forged(id)).collect()
}

/// Whether the sender belongs to a case: an address that took part, or a colleague's at the same company domain. A
/// sender that failed authentication belongs to none, and nobody to a case that such a one opened.
pub fn belongs(case: &Case, message: &Message, free_mail: &BTreeSet<String>) -> bool {
    if message.authenticity == Authenticity::Fail || case.participants.is_empty() {
        return false;
    }
    let address = &message.from.address;
    let colleague = company_domain(address, free_mail)
        .is_some_and(|domain| company_domain(&case.customer, free_mail) == Some(domain));
    case.participants.contains(address) || colleague
}

/// The domain of an address, unless anybody can have an address there.
pub fn company_domain<'a>(address: &'a str, free_mail: &BTreeSet<String>) -> Option<&'a str> {
    address
        .rsplit_once('@')
        .map(|(_, domain)| domain)
        .filter(|domain| !domain.is_empty() && !free_mail.contains(*domain))
}

/// The messages that this one answers, newest first.
pub fn named_ids(message: &Message) -> Vec<String> {
    message.in_reply_to.iter().chain(message.references.iter().rev()).cloned().collect()
}

/// The messages of ours whose own addresses this one was sent to.
pub(super) fn addressed(message: &Message, keys: &Keys) -> Vec<String> {
    let id = |address: &String| {
        let (_, domain) = address.rsplit_once('@')?;
        Some(format!("{}@{domain}", keys.proven(address)?))
    };
    message.recipients.iter().filter_map(id).collect()
}
