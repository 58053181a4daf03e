//! From a judgement to an outcome: the case in its new shape, the minutes of the decision, the RMA, and the reply.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

use super::bounce::Bounce;
use super::desk::{Desk, Understood};
use super::lapse::sentence as sentence_of_lapse;
use super::letters::Way;
use super::rmas::OnRecord;
use super::thread::company_domain;
use crate::case::decision::{DecidedUnit, Decision, IssuedRma as Issued, Request};
use crate::case::ledger::{Happened, LedgerEntry};
use crate::case::rma_number::case_number;
use crate::case::{Case, Event, Outcome, Rma, RmaChange, RmaUnit, State};
use crate::mail::{Authenticity, Class, Mailbox, Message, is_unread};
use crate::outbox::Outgoing;
use crate::policy::{Flag, Judgement, OutcomeKind, Policies, Verdict, request_day};
use crate::reply::{AutoSubmitted, Heading, can_be_written_to};
use crate::store::{Tx, Waiting};
use crate::understanding::About;

/// What a message came to, about to be carried out.
pub(super) struct Settlement<'a> {
    pub desk: &'a Desk,
    /// The policy that the judgement was made by.
    pub policies: Arc<Policies>,
    pub waiting: &'a Waiting,
    pub message: &'a Message,
    /// The number of a case in whose thread it stands and that the sender has no part in.
    pub anothers: Option<String>,
    pub understood: Understood<'a>,
    pub judgement: Judgement,
    pub on_record: OnRecord,
    pub now: Timestamp,
}

impl Settlement<'_> {
    pub async fn outcome(mut self, tx: &mut Tx) -> anyhow::Result<Outcome> {
        self.join_rmas_case(tx).await?;
        let ignored = self.judgement.kind == OutcomeKind::Ignored;
        let is_silent = matches!(self.judgement.verdict, Verdict::Ignore | Verdict::Refer { acknowledge: false });
        if !is_silent && self.message.class == Class::Human && !can_be_written_to(&self.recipient().address) {
            self.judgement = self.judgement.unanswerable("this address cannot be written to by rmad (RFC 6531)");
        }
        if !ignored {
            self.flag_party();
        }
        let bounce = Bounce::of(self.message, &self.desk.trust.keys, tx).await?;
        let (case, lapse) = match ignored {
            // a delay of our mail is noted in its case, and changes nothing
            true => (self.understood.case.clone().filter(|_| bounce.is_some()), None),
            false => self.next_case(tx).await.map(|(case, lapse)| (Some(case), lapse))?,
        };
        let replies = match &case {
            Some(case) => self.reply(case)?.into_iter().collect(),
            None => Vec::new(),
        };
        Ok(Outcome {
            message: Some(self.waiting.id),
            message_id: self.message.message_id.clone(),
            kind: self.judgement.kind,
            class: self.message.class,
            flags: self.judgement.flags.clone(),
            rma: match self.judgement.kind {
                OutcomeKind::RmaIssued => RmaChange::Issued,
                _ if lapse.is_some() => RmaChange::Changed,
                _ => RmaChange::None,
            },
            events: lapse.into_iter().chain([self.event(case.as_ref(), &replies, bounce.as_ref())]).collect(),
            ledger: self.ledger(case.as_ref()),
            cancelled: self.cancelled(),
            address: bounce.and_then(Bounce::note),
            case,
            replies,
        })
    }

    /// Staff see where a message is not only the sender's own affair; the answer is none the other.
    fn flag_party(&mut self) {
        let differs =
            [(self.is_answered_elsewhere(), Flag::ReplyToDiffers), (self.anothers.is_some(), Flag::SenderNotOnOrder)];
        for (_, flag) in differs.into_iter().filter(|(applies, _)| *applies) {
            if !self.judgement.flags.contains(&flag) {
                self.judgement.flags.push(flag);
            }
        }
    }

    /// A question about an RMA, or a unit that is in one, belongs to the case that issued it.
    async fn join_rmas_case(&mut self, tx: &mut Tx) -> anyhow::Result<()> {
        if let (None, Verdict::Status { rmas }) = (&self.understood.case, &self.judgement.verdict)
            && let Some(rma) = rmas.first()
        {
            self.understood.case = tx.case_by_number(&rma.case_number).await?;
            if self.understood.case.as_ref().is_some_and(|case| case.state == State::HeldForReview) {
                self.judgement = Judgement::joins_held();
            }
        }
        Ok(())
    }

    /// The case as it stands after this message, and the end of an RMA that lapsed before it.
    async fn next_case(&self, tx: &mut Tx) -> anyhow::Result<(Case, Option<Event>)> {
        let mut case = match &self.understood.case {
            Some(case) => case.clone(),
            None => self.new_case(case_number(tx.next_number("case").await?)),
        };
        let lapse = if self.asks_anew(&case) { self.lapse(&mut case) } else { None };
        if self.message.class == Class::Human {
            case.requested_at.get_or_insert(self.message.received_at);
            case.last_message_id.clone_from(&self.message.message_id);
        }
        if !matches!(self.judgement.verdict, Verdict::Status { .. }) {
            case.facts = self.understood.facts.clone();
        }
        let sender = &self.message.from.address;
        let may_join = self.message.class == Class::Human && self.message.authenticity != Authenticity::Fail;
        if may_join && !case.participants.contains(sender) {
            case.participants.push(sender.clone());
        }
        self.advance(&mut case);
        if self.judgement.kind == OutcomeKind::RmaIssued {
            let issued = self.issue_rma(tx).await?;
            case.earlier_rmas.extend(case.rma.replace(issued));
        }
        Ok((case, lapse))
    }

    /// Another RMA is asked for, in the case of one that has lapsed.
    fn asks_anew(&self, case: &Case) -> bool {
        case.has_lapsed(self.understood.today)
            && matches!(self.judgement.verdict, Verdict::Ask { .. } | Verdict::Units(_))
    }

    /// What is asked for anew counts from this message; an RMA that was about to expire is over.
    fn lapse(&self, case: &mut Case) -> Option<Event> {
        case.requested_at = None;
        let rma = case.rma.as_mut()?;
        let places = rma.expire(request_day(self.now, &self.desk.time_zone));
        (!places.is_empty()).then(|| Event {
            at: self.now,
            actor: "rmad".to_owned(),
            what: sentence_of_lapse(rma, &places),
            state: Some(case.state),
            detail: json!({}),
        })
    }

    /// One that is not from its sender opens in nobody's name: whose name it bears may not join it.
    fn new_case(&self, number: String) -> Case {
        let message = self.message;
        let Mailbox { address: customer, name: customer_name } = message.from.clone();
        let mut case = Case::opened(number, customer, &message.subject, message.received_at, self.now);
        if message.authenticity == Authenticity::Fail {
            case.participants.clear();
        }
        Case { facts: self.understood.facts.clone(), customer_name, ..case }
    }

    fn advance(&self, case: &mut Case) {
        let state = match self.judgement.kind {
            OutcomeKind::RmaIssued => State::Approved,
            OutcomeKind::DetailsRequested => State::AwaitingDetails,
            OutcomeKind::Declined => State::Declined,
            OutcomeKind::CancellationAccepted => State::Cancelled,
            OutcomeKind::HeldForReview => State::HeldForReview,
            OutcomeKind::StatusGiven if self.needs_no_details(case) => State::Closed,
            OutcomeKind::StatusGiven | OutcomeKind::Ignored => case.state,
        };
        let is_aside = self.judgement.kind == OutcomeKind::StatusGiven && state == case.state;
        if state != case.state {
            case.since = self.now;
        }
        let was_asked = case.state == State::AwaitingDetails;
        case.state = state;
        if is_aside {
            return;
        }
        if state == State::HeldForReview {
            case.refer(&self.judgement.flags);
        } else {
            case.flags = self.judgement.flags.clone();
        }
        case.missing = Vec::new();
        if let Verdict::Ask { missing, .. } = &self.judgement.verdict {
            case.missing.clone_from(missing);
            case.asked_at = Some(self.now);
            case.since = self.now;
            let fruitless = was_asked && !self.understood.brings_news;
            case.fruitless_answers = if fruitless { case.fruitless_answers + 1 } else { 0 };
        }
    }

    /// What was asked for is settled: its units were found to be in an RMA already.
    fn needs_no_details(&self, case: &Case) -> bool {
        case.state == State::AwaitingDetails && self.understood.about != About::Status
    }

    async fn issue_rma(&self, tx: &mut Tx) -> anyhow::Result<Rma> {
        let issued_on = request_day(self.now, &self.desk.time_zone);
        let granted: Vec<_> =
            self.judged().iter().filter(|unit| unit.judgement.outcome == OutcomeKind::RmaIssued).collect();
        // units that were sold under different versions come in one parcel
        let last_days = granted.iter().map(|unit| unit.policy(&self.policies).windows.rma.last_day(issued_on));
        let expires_on = last_days.max().unwrap_or(issued_on);
        let account = granted.first().map(|unit| unit.invoice.account_number.clone()).unwrap_or_default();
        let units = granted.iter().filter_map(|judged| {
            let line = judged.unit.as_ref()?;
            let of_order = (judged.invoice.invoice_number.clone(), line.line, line.part_number.clone());
            let route = judged.judgement.route?;
            Some(RmaUnit::approved(of_order, line.serial.clone(), line.quantity, route, self.is_non_defective()))
        });
        Ok(Rma {
            number: self.desk.rma_format.number(tx.next_number("rma").await?),
            issued_on,
            expires_on,
            account_number: account,
            units: units.collect(),
            statements: vec![],
        })
    }

    fn is_non_defective(&self) -> bool {
        !self.understood.facts.reason.as_ref().is_some_and(|told| told.value.is_defect())
    }

    /// The units that this outcome authorizes to come back, each in its ledger.
    fn ledger(&self, case: Option<&Case>) -> Vec<LedgerEntry> {
        let issued = case.and_then(|case| case.rma.as_ref()).filter(|_| self.judgement.kind == OutcomeKind::RmaIssued);
        issued.map(|rma| rma.entries(&rma.units, rma.issued_on, Happened::InRma)).unwrap_or_default()
    }

    /// The orders that this outcome cancels. Beside an RMA, what has not shipped is told to be looked at.
    fn cancelled(&self) -> Vec<String> {
        let is_accepted = self.judgement.kind == OutcomeKind::CancellationAccepted;
        let accepted = self.judged().iter().filter(|unit| unit.judgement.outcome == OutcomeKind::CancellationAccepted);
        let orders: BTreeSet<&String> =
            accepted.filter(|_| is_accepted).map(|unit| &unit.invoice.invoice_number).collect();
        orders.into_iter().cloned().collect()
    }

    fn judged(&self) -> &[crate::policy::JudgedUnit] {
        match &self.judgement.verdict {
            Verdict::Units(units) => units,
            _ => &[],
        }
    }

    /// The reply, composed and ready for the outbox; none to a machine, nor where the verdict asks for silence.
    fn reply(&self, case: &Case) -> anyhow::Result<Option<Outgoing>> {
        let recipient = self.recipient();
        if self.message.class != Class::Human || !recipient.address.contains('@') {
            return Ok(None);
        }
        let Some(letter) = self.desk.letters.write(self, case) else { return Ok(None) };
        let vendor = &self.desk.letters.vendor;
        let heading = Heading {
            vendor,
            case_number: &case.number,
            subject: &self.message.subject,
            sender_name: recipient.name.as_deref(),
        };
        let is_for_staff = self.judgement.kind == OutcomeKind::Declined && !self.desk.auto_decline;
        let withheld = match self.waiting.in_shadow {
            true => Some("it lay in the mailbox when rmad first read it (intake.backlog is \"shadow\")".to_owned()),
            false => is_for_staff.then(|| "policy.auto_decline is false".to_owned()),
        };
        let way = Way {
            to: recipient.clone(),
            in_reply_to: self.message.message_id.clone(),
            references: self.message.references.clone(),
            auto_submitted: AutoSubmitted::Replied,
            occasion: None,
            withheld,
            now: self.now,
        };
        self.desk.letters.outgoing(&letter.render(&heading)?, way).map(Some)
    }

    /// Where to answer: the Reply-To only where it is the same party as From, at the same company's domain, and somebody
    /// reads what is sent there.
    fn recipient(&self) -> &Mailbox {
        let reply_to = self.message.reply_to.as_ref();
        reply_to
            .filter(|reply_to| self.is_same_party(reply_to) && !is_unread(&reply_to.address))
            .unwrap_or(&self.message.from)
    }

    /// Whether the sender asks for the answer at somebody else's address.
    fn is_answered_elsewhere(&self) -> bool {
        self.message.reply_to.as_ref().is_some_and(|reply_to| !self.is_same_party(reply_to))
    }

    fn is_same_party(&self, reply_to: &Mailbox) -> bool {
        let company = company_domain(&self.message.from.address, &self.desk.free_mail);
        company.is_some() && company_domain(&reply_to.address, &self.desk.free_mail) == company
    }

    fn event(&self, case: Option<&Case>, replies: &[Outgoing], bounce: Option<&Bounce>) -> Event {
        let decision = self.decision(case, replies);
        Event {
            at: self.now,
            actor: "rmad".to_owned(),
            what: [Some(sentence(&decision)), bounce.map(Bounce::sentence), self.sentence_of_thread()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" "),
            state: case.map(|case| case.state),
            detail: json!(decision),
        }
    }

    fn sentence_of_thread(&self) -> Option<String> {
        self.anothers.as_ref().map(|number| format!("It answers in case {number}, which the sender has no part in."))
    }

    /// The minutes of the decision.
    fn decision(&self, case: Option<&Case>, replies: &[Outgoing]) -> Decision {
        let (understood, judgement) = (&self.understood, &self.judgement);
        let missing = match &judgement.verdict {
            Verdict::Ask { missing, .. } => missing.clone(),
            _ => vec![],
        };
        Decision {
            class: self.message.class,
            authenticity: self.message.authenticity,
            authentication: self.message.authentication.clone(),
            request: Request {
                about: understood.about,
                reason: understood.facts.reason.clone(),
                wanted: understood.facts.wanted.clone(),
                account: understood.facts.account().cloned(),
                items: understood.facts.items.clone(),
            },
            outcome: judgement.kind,
            flags: judgement.flags.clone(),
            missing,
            clauses: judgement.clauses.clone(),
            units: self.judged().iter().map(DecidedUnit::of).collect(),
            rma: case
                .and_then(|case| case.rma.as_ref())
                .map(|rma| Issued { number: rma.number.clone(), expires_on: rma.expires_on }),
            replies: replies.iter().map(|reply| reply.message_id.clone()).collect(),
            policy_version: self.policies.on(self.understood.today).version.clone(),
            rules: judgement.trail.iter().map(|step| (step.rule.to_owned(), step.found.clone())).collect(),
            orders: understood
                .resolution
                .units
                .iter()
                .map(|unit| &unit.invoice)
                .chain(&understood.resolution.orders)
                .cloned()
                .collect(),
        }
    }
}

/// One sentence that reads alone.
fn sentence(decision: &Decision) -> String {
    let flags: Vec<String> = decision.flags.iter().map(Flag::to_string).collect();
    let what = match decision.outcome {
        OutcomeKind::RmaIssued => "An RMA was issued",
        OutcomeKind::DetailsRequested => "Details were asked for",
        OutcomeKind::Declined => "The request was declined",
        OutcomeKind::CancellationAccepted => "The cancellation was accepted",
        OutcomeKind::StatusGiven => "The state of the RMA was told",
        OutcomeKind::HeldForReview => "Held for review",
        OutcomeKind::Ignored => "The message was ignored",
    };
    if flags.is_empty() { format!("{what}.") } else { format!("{what}: {}.", flags.join(", ")) }
}
