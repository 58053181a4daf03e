//! The one place that decides whether a prepared message may go out (RFC 3834): replies, acknowledgements, reminders, the
//! letters of staff's steps and mails to staff alike. Nothing comes into the outbox but through it. What may not go out is
//! kept for staff, with the reason.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use tracing::warn;

use super::desk::Desk;
use crate::case::Outcome;
use crate::mail::{Class, Message, is_unread, without_detail};
use crate::outbox::Outgoing;
use crate::policy::Flag;
use crate::store::{Recorded, Result, Tx, Undeliverable};

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
    /// So many questions to one address within a month may be without an answer. A machine that opens a case with each
    /// mail would otherwise be asked in each, and reminded, for as long as it answers.
    pub per_address_unanswered: u32,
    pub per_day: u32,
    /// More than this within an hour is out of the ordinary: all sending stops.
    pub per_hour: u32,
    /// Our own addresses and that of staff, lower case: none of them is a customer's.
    pub own_addresses: BTreeSet<String>,
}

const DAY: SignedDuration = SignedDuration::from_hours(24);
const MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);

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

impl Desk {
    /// Records an outcome, its letters through the gate: the one way into the outbox. `answered` is the message that it
    /// answers; `None` for what no message asked for.
    ///
    /// # Errors
    /// As [`Tx::record`].
    pub(super) async fn record(
        &self,
        tx: &mut Tx,
        outcome: &mut Outcome,
        answered: Option<&Message>,
        today: Today,
    ) -> Result<Recorded> {
        let is_for_staff_anyway = self.gate.shadow || outcome.replies.iter().any(|letter| letter.withheld.is_some());
        self.gate.pass(tx, outcome, answered, today).await?;
        let withheld = outcome.replies.iter().find_map(|letter| letter.withheld.as_deref());
        if let Some(why) = withheld.filter(|_| answered.is_some()) {
            warn!(mail = outcome.message, why, "a reply is withheld and waits for staff");
            outcome.flags.push(Flag::ReplyWithheld);
            // of the backlog and in shadow mode every reply is
            if let Some(case) = outcome.case.as_mut().filter(|_| !is_for_staff_anyway) {
                case.refer(&[Flag::ReplyWithheld]);
            }
        }
        tx.record(outcome, today.now).await
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
            per_address_unanswered: u32::MAX,
            per_day: u32::MAX,
            per_hour: u32::MAX,
            own_addresses,
        }
    }

    /// Withholds what may not go out, with the reason. What is withheld already stays so.
    async fn pass(
        &self,
        tx: &mut Tx,
        outcome: &mut Outcome,
        answered: Option<&Message>,
        mut today: Today,
    ) -> Result<()> {
        let case_number = outcome.case.as_ref().map(|case| case.number.as_str()).unwrap_or_default();
        for letter in &mut outcome.replies {
            if letter.withheld.is_none() {
                letter.withheld = match self.never(letter, answered, today.now) {
                    Some(why) => Some(why.to_owned()),
                    None => self.held_back(tx, letter, case_number, today).await?,
                };
            }
            today.count(std::iter::once(&*letter));
        }
        Ok(())
    }

    /// Why a letter, or an answer to this message, waits for a person however little is sent.
    fn never(&self, letter: &Outgoing, answered: Option<&Message>, now: Timestamp) -> Option<&'static str> {
        if !letter.is_to_staff()
            && let Some(why) = self.no_customers(&letter.recipient)
        {
            return Some(why);
        }
        let message = answered?;
        if message.class != Class::Human {
            Some("no machine is answered")
        } else if now.duration_since(message.stamped_at.unwrap_or(now).min(message.received_at)) > self.max_age {
            Some("the message is older than delivery.max_age_days")
        } else if message.asks_no_auto_response {
            Some("the sender asks for no automatic answers (X-Auto-Response-Suppress)")
        } else if message.may_be_automatic {
            Some("the message may be an automatic answer: it speaks of absence or of receipt")
        } else {
            None
        }
    }

    /// Why an address can be no customer's.
    fn no_customers(&self, address: &str) -> Option<&'static str> {
        if self.own_addresses.contains(&without_detail(address)) {
            Some("it would go to ourselves or to staff, as to a customer")
        } else if is_unread(address) {
            Some("nobody reads what is sent to this address")
        } else {
            is_local(address).then_some("the address is none of the Internet's")
        }
    }

    /// Why a letter does not go to its address, or goes beyond what may be sent within a day. Staff's mails count for no
    /// case and no address.
    async fn held_back(
        &self,
        tx: &mut Tx,
        letter: &Outgoing,
        case_number: &str,
        today: Today,
    ) -> Result<Option<String>> {
        if let Some(why) = self.withheld_from_all(today) {
            return Ok(Some(why));
        }
        if letter.is_to_staff() {
            return Ok(None);
        }
        if let Some(Undeliverable { since, why, case_number }) = tx.undeliverable(&letter.recipient).await? {
            let day = since.strftime("%F");
            return Ok(Some(format!(
                "mail to this address has come back since {day} ({why}), until {case_number} is released"
            )));
        }
        let (to_case, to_address) = tx.sent_since(today.now - DAY, case_number, &letter.recipient).await?;
        let limits = [(to_case, self.per_case_per_day, "case"), (to_address, self.per_address_per_day, "address")];
        if let Some((_, most, whose)) = limits.iter().find(|(sent, most, _)| sent >= most) {
            return Ok(Some(reached(*most, whose)));
        }
        self.unanswered(tx, letter, case_number, today).await
    }

    /// Why an address is not asked for details in one case more.
    async fn unanswered(
        &self,
        tx: &mut Tx,
        letter: &Outgoing,
        case_number: &str,
        today: Today,
    ) -> Result<Option<String>> {
        if letter.template != "details_requested" {
            return Ok(None);
        }
        let most = self.per_address_unanswered;
        let unanswered = tx.unanswered_since(today.now - MONTH, case_number, &letter.recipient).await?;
        Ok((unanswered >= most)
            .then(|| format!("{most} questions of this month to this address are without an answer")))
    }

    /// The part that holds for whomever a message is to, staff included.
    fn withheld_from_all(&self, today: Today) -> Option<String> {
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

/// Whether mail to an address would stay on the vendor's own machines, or go to a machine by its number (RFC 5321, sections
/// 2.3.5 and 4.1.3).
fn is_local(address: &str) -> bool {
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain).trim_end_matches('.');
    domain.starts_with('[') || !domain.contains('.') || domain.ends_with(".localhost") || domain.ends_with(".local")
}

fn reached(most: u32, whose: &str) -> String {
    format!("the limit of {most} messages a day for one {whose} is reached")
}
