//! What tests of time share: a house with staff, its clock, and what staff and the post do in a case meanwhile.

use std::sync::Arc;

use jiff::civil::DateTime;
use rmad::case::{Case, Event, Outcome, RmaChange};
use rmad::daemon::{self, By, Desk, Staff, Step};
use rmad::mail::Class;
use rmad::outbox::{Delivery, Outgoing};
use rmad::policy::OutcomeKind;
use rmad::store::{Recorded, Sending};

use super::{ADA, Database, House, mail, with};

pub const STAFF: &str = "returns-staff@northwind.example";

impl House {
    /// The desk of the small vendor, with staff who have a console.
    pub async fn staffed(database: Database) -> House {
        House::open(database, |_| ()).await.staffed_anew(|_| ())
    }

    /// The same desk after a change.
    pub fn staffed_anew(mut self, change: impl FnOnce(&mut Desk)) -> House {
        let desk = Arc::get_mut(&mut self.desk).unwrap();
        let console = Some("http://127.0.0.1:8080".to_owned());
        desk.staff = Some(Staff { address: STAFF.to_owned(), console });
        desk.schedule.escalate_after = Some(jiff::SignedDuration::from_hours(24));
        change(desk);
        self
    }

    /// Sets the clock by the vendor's: `2026-06-15T09:00`.
    pub fn at(&self, time: &str) {
        let time: DateTime = time.parse().unwrap();
        self.clock.set(time.to_zoned(self.desk.time_zone.clone()).unwrap().timestamp());
    }

    /// Sets the clock, records what is due, and delivers it.
    pub async fn remind_at(&self, time: &str) -> usize {
        self.at(time);
        let reminded = daemon::remind(&self.desk, self.clock.now()).await.unwrap();
        self.deliver().await;
        reminded
    }

    pub async fn deliver(&self) {
        self.send(&Delivery::Accepted("250 ok".to_owned()), None).await;
    }

    /// Ada writes; her letter is answered and delivered. Gives the number of the case.
    pub async fn ada_writes(&mut self, id: &str, in_reply_to: Option<&str>, text: &str) -> String {
        let message = mail(ADA, id, text);
        let message = in_reply_to.map(|ours| with(&format!("In-Reply-To: <{ours}>"), &message)).unwrap_or(message);
        let id = self.take_in(message).await;
        self.deliver().await;
        self.entry(id).await.case_number.unwrap()
    }

    pub async fn case(&self, number: &str) -> Case {
        self.store.case(number).await.unwrap().unwrap()
    }

    pub async fn written(&self, number: &str) -> Vec<Sending> {
        self.store.outgoing_of_case(number).await.unwrap()
    }

    /// What was written in a case: `Thu 18 09:00 details_reminder`.
    pub async fn diary(&self, number: &str) -> Vec<String> {
        let told = |sending: &Sending| {
            let at = sending.recorded_at.to_zoned(self.desk.time_zone.clone());
            format!("{} {}", at.strftime("%a %-d %H:%M"), sending.outgoing.template)
        };
        self.written(number).await.iter().map(told).collect()
    }

    /// A member of staff takes a step, and its letter is delivered.
    pub async fn take(&self, number: &str, step: Step) {
        let by = By { actor: "kim", why: None };
        self.desk.take_step(number, &step, by, self.clock.now()).await.unwrap();
        self.deliver().await;
    }

    /// A member of staff changes a case, and perhaps a letter of this template goes out about it.
    pub async fn staff_change(&self, number: &str, letter: Option<&str>, change: impl FnOnce(&mut Case)) {
        let now = self.clock.now();
        let mut case = self.case(number).await;
        let before = case.state;
        change(&mut case);
        if case.state != before {
            case.since = now;
        }
        let model = self.written(number).await.remove(0).outgoing;
        let letter = letter.map(|template| Outgoing {
            message_id: format!("{template}.{}@northwind.example", now.as_second()),
            template: template.to_owned(),
            not_before: now,
            ..model
        });
        let event =
            Event { at: now, actor: "kim".to_owned(), what: "A step.".to_owned(), state: None, detail: "".into() };
        let rma = if case.rma.is_some() { RmaChange::Changed } else { RmaChange::None };
        let outcome = Outcome {
            message: None,
            message_id: None,
            kind: OutcomeKind::StatusGiven,
            class: Class::Human,
            flags: vec![],
            case: Some(case),
            events: vec![event],
            rma,
            ledger: vec![],
            cancelled: vec![],
            address: None,
            replies: letter.into_iter().collect(),
        };
        let mut tx = self.store.begin().await.unwrap();
        assert_eq!(tx.record(&outcome, now).await.unwrap(), Recorded::Done);
        tx.commit().await.unwrap();
        self.deliver().await;
    }
}
