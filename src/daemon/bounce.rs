//! Mail of ours that came back: which message it was, to whom it went, and whether it was given up for good. A bounce says
//! much that a stranger could have written; only what we sent ourselves is believed of it: the address is that of our own
//! record, and a status is no more than a word for staff.

use super::thread::{addressed, named_ids, unforged};
use crate::case::AddressNote;
use crate::mail::{Class, Keys, Message};
use crate::store::{Result, Tx};

/// A report on a letter of ours.
pub(super) struct Bounce {
    /// To which the letter went.
    address: String,
    /// The enhanced status code (RFC 3463), or a word in its place.
    status: String,
    is_lasting: bool,
}

impl Bounce {
    /// `None` where the message reports on nothing that we sent to a customer.
    ///
    /// # Errors
    /// Where the store fails.
    pub(super) async fn of(message: &Message, keys: &Keys, tx: &mut Tx) -> Result<Option<Bounce>> {
        if message.class != Class::Bounce {
            return Ok(None);
        }
        let status = message.delivery_report.as_ref().and_then(|report| report.status.clone());
        let recipient = tx.recipient_of(&returned(message, keys)).await?;
        Ok(recipient.map(|address| Bounce {
            address,
            status: status.unwrap_or_else(|| "no status".to_owned()),
            is_lasting: is_lasting(message),
        }))
    }

    pub(super) fn sentence(&self) -> String {
        let Bounce { address, status, is_lasting } = self;
        match is_lasting {
            true => {
                format!("Mail to {address} came back ({status}); nothing more goes there until the case is released.")
            }
            false => format!("A report on mail to {address} says nothing final ({status})."),
        }
    }

    /// What is learned of the address.
    pub(super) fn note(self) -> Option<AddressNote> {
        let Bounce { address, status, is_lasting } = self;
        is_lasting.then_some(AddressNote::Undeliverable { address, why: status })
    }
}

/// A bounce that is no mere delay.
pub(super) fn is_lasting(message: &Message) -> bool {
    message.class == Class::Bounce && message.delivery_report.as_ref().is_some_and(|report| report.permanent)
}

/// The messages of ours that a bounce may be about, the likeliest first.
pub(super) fn returned(message: &Message, keys: &Keys) -> Vec<String> {
    let original = message.delivery_report.as_ref().and_then(|report| report.original_message_id.clone());
    unforged(addressed(message, keys).into_iter().chain(original).chain(named_ids(message)), keys)
}
