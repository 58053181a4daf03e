//! The one place that decides whether a prepared message may go out (RFC 3834; replies, acknowledgements and reminders
//! alike). What may not is kept for staff, with the reason.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::mail::{Class, Message};
use crate::outbox::Outgoing;
use crate::store::{Result, Tx};

/// How much may be sent, and whether anything may.
#[derive(Debug, Clone)]
pub struct Gate {
    /// Everything is prepared for staff and nothing goes out.
    pub shadow: bool,
    /// Mail older than this is not answered by itself.
    pub max_age: SignedDuration,
    /// Mails to staff are none of a case's or an address's.
    pub per_case_per_day: u32,
    pub per_address_per_day: u32,
    pub per_day: u32,
    /// Our own addresses, lower case: never written to.
    pub own_addresses: BTreeSet<String>,
}

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// This moment, and how many messages were recorded for sending in the 24 hours before it.
#[derive(Debug, Clone, Copy)]
pub struct Today {
    pub now: Timestamp,
    pub sent: u32,
}

impl Today {
    /// Counts, to be taken once a transaction.
    ///
    /// # Errors
    /// Where the store cannot tell how much was sent.
    pub async fn at(now: Timestamp, tx: &mut Tx) -> Result<Today> {
        Ok(Today { now, sent: tx.all_sent_since(now - DAY).await? })
    }

    /// Takes in what was recorded since.
    pub fn count<'r>(&mut self, replies: impl Iterator<Item = &'r Outgoing>) {
        let to_send = replies.filter(|reply| reply.withheld.is_none()).count();
        self.sent = self.sent.saturating_add(u32::try_from(to_send).unwrap_or(u32::MAX));
    }
}

impl Gate {
    /// Holds nothing back but what no gate lets out.
    pub fn open(own_addresses: BTreeSet<String>) -> Gate {
        Gate {
            shadow: false,
            max_age: SignedDuration::MAX,
            per_case_per_day: u32::MAX,
            per_address_per_day: u32::MAX,
            per_day: u32::MAX,
            own_addresses,
        }
    }

    /// Whether a message may be answered at all. What a machine wrote never is.
    pub fn may_answer(&self, message: &Message, recipient: &str) -> bool {
        message.class == Class::Human && !self.own_addresses.contains(recipient) && recipient.contains('@')
    }

    /// Why an answer to `message` has to wait for a person; `None` where it may go out.
    ///
    /// # Errors
    /// Where the store cannot tell how much was sent.
    pub async fn withheld(
        &self,
        tx: &mut Tx,
        message: &Message,
        recipient: &str,
        case_number: &str,
        today: Today,
    ) -> Result<Option<String>> {
        let Today { now, .. } = today;
        if now.duration_since(message.received_at) > self.max_age {
            return Ok(Some("the message is older than delivery.max_age_days".to_owned()));
        }
        if message.asks_no_auto_response {
            return Ok(Some("the sender asks for no automatic answers (X-Auto-Response-Suppress)".to_owned()));
        }
        self.withheld_by_limits(tx, recipient, case_number, today).await
    }

    /// The part of [`Gate::withheld`] that holds for whatever a customer is sent, reminders included.
    ///
    /// # Errors
    /// Where the store cannot tell how much was sent.
    pub async fn withheld_by_limits(
        &self,
        tx: &mut Tx,
        recipient: &str,
        case_number: &str,
        today: Today,
    ) -> Result<Option<String>> {
        if let Some(why) = self.withheld_from_all(today) {
            return Ok(Some(why));
        }
        let (to_case, to_address) = tx.sent_since(today.now - DAY, case_number, recipient).await?;
        let limits = [(to_case, self.per_case_per_day, "case"), (to_address, self.per_address_per_day, "address")];
        let over = limits.iter().find(|(sent, most, _)| sent >= most);
        Ok(over.map(|(_, most, whose)| reached(*most, whose)))
    }

    /// The part that holds for whomever a message is to, staff included.
    pub fn withheld_from_all(&self, today: Today) -> Option<String> {
        if self.shadow {
            return Some("delivery.mode is \"shadow\"".to_owned());
        }
        self.is_day_full(today).then(|| reached(self.per_day, "day"))
    }

    /// Whether as much goes out as a day allows; never in shadow mode, in which nothing does.
    pub fn is_day_full(&self, today: Today) -> bool {
        !self.shadow && today.sent >= self.per_day
    }
}

fn reached(most: u32, whose: &str) -> String {
    format!("the limit of {most} messages a day for one {whose} is reached")
}
