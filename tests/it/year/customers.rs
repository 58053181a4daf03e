//! Customers: what they ask for, in their words, and what they do when a letter reaches them.

use jiff::{SignedDuration, Timestamp};
use rmad::case::{Arrived, Case, Rma, RmaUnit};
use rmad::outbox::Outgoing;

use super::staff::Parcel;
use super::world::{Says, Story, Wish};
use super::{Action, Year};

/// A message that is going to be written in a story.
pub struct Mail {
    pub story: usize,
    /// The Message-ID and subject of ours that it answers.
    pub answers: Option<(String, String)>,
    pub words: String,
    /// Further header fields.
    pub fields: &'static str,
}

const NOBODY: &str = "Eve Moss <eve@elsewhere.example>";

impl Year {
    pub async fn opens(&mut self, story: usize, at: Timestamp) {
        let words = self.request(&self.world.stories[story]);
        self.writes(&Mail { story, answers: None, words, fields: "" }, at).await;
    }

    pub async fn writes(&mut self, mail: &Mail, at: Timestamp) {
        let story = &self.world.stories[mail.story];
        let customer = &self.world.customers[story.customer];
        let from = match story.wish {
            Wish::Stranger => NOBODY.to_owned(),
            _ => format!("{} <{}>", customer.name, customer.address),
        };
        let (subject, thread) = match &mail.answers {
            Some((id, subject)) => (format!("Re: {subject}"), format!("In-Reply-To: <{id}>\r\nReferences: <{id}>\r\n")),
            None => (subject(story.wish).to_owned(), String::new()),
        };
        let raw = format!(
            "From: {from}\r\nTo: support@northwind.example\r\nSubject: {subject}\r\n\
             Message-ID: <{}.{}@customer.example>\r\n{thread}{}MIME-Version: 1.0\r\n\
             Content-Type: text/plain; charset=utf-8\r\n\r\n{}\r\n",
            self.last_uid, mail.story, mail.fields, mail.words
        );
        self.keeps(raw, at, mail.story).await;
    }

    /// The mail server returns a letter of ours, an hour later.
    pub fn bounces(&mut self, letter: &Outgoing, story: usize) {
        let raw = format!(
            "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example (Mail Delivery System)\r\n\
             Subject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=\"b1\"\r\n\r\n\
             --b1\r\nContent-Type: text/plain\r\n\r\nThis is the mail system.\r\n\r\n\
             --b1\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
             Final-Recipient: rfc822; {}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n\
             --b1\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{}>\r\n\r\n--b1--\r\n",
            letter.recipient, letter.message_id
        );
        let at = self.house.clock.now() + SignedDuration::from_hours(1);
        self.plan(at, Action::Returns { raw, story });
    }

    /// What a customer does who has read a letter.
    pub fn answers(&mut self, letter: &Outgoing, case: &Case, story: usize) {
        if self.chance.percent(3) {
            let words = "I am out of the office and will be back on Monday.";
            self.will_write(letter, story, (0, 1), words, "Auto-Submitted: auto-replied\r\n");
        }
        match letter.template.as_str() {
            "details_requested" => self.is_asked(letter, story, 70),
            "details_reminder" => self.is_asked(letter, story, 45),
            "case_closed" => self.is_asked(letter, story, 30),
            "rma_issued" | "rma_extended" => self.may_ship(letter, case, story),
            "advance_shipped" => self.ships_the_defective_unit(case),
            "rma_reminder" | "advance_reminder" => self.is_reminded(letter, case, story),
            "rma_expired" if self.chance.percent(35) => self.asks_again(letter, story),
            "declined" if self.chance.percent(20) => {
                self.will_write(letter, story, (2, 72), "I do not agree with that. Please look at it again.", "");
            }
            "held_for_review" if self.chance.percent(12) => {
                self.will_write(letter, story, (24, 96), "Is there any news? We are waiting.", "");
            }
            "return_completed" => self.has_it_back(letter, case, story),
            "package_received" if self.chance.percent(8) => {
                self.will_write(letter, story, (20, 80), "Where is my RMA now? What is its status?", "");
            }
            _ => {}
        }
    }

    fn is_asked(&mut self, letter: &Outgoing, story: usize, willing: i64) {
        if self.chance.percent(willing) {
            let words = self.all_details(&self.world.stories[story]);
            self.will_write(letter, story, (1, 110), &words, "");
        } else if self.chance.percent(25) {
            self.will_write(letter, story, (1, 60), "Why do you need to know that? Just fix it please.", "");
        }
    }

    fn may_ship(&mut self, letter: &Outgoing, case: &Case, story: usize) {
        let Some(rma) = &case.rma else { return };
        let expected: Vec<RmaUnit> = rma.expected().cloned().collect();
        let apart = self.chance.percent(35);
        let fate = self.fate_of_parcel();
        for unit in expected {
            let fate = if apart { self.fate_of_parcel() } else { fate };
            let late = i64::from(rma.issued_on.until(rma.expires_on).unwrap().get_days());
            let days = match fate {
                Some((days, _)) if days > 14 => late + days - 14,
                Some((days, _)) => days.min(late),
                None => continue,
            };
            let parts =
                if unit.serial_number.is_none() && unit.quantity > 1 && self.chance.percent(40) { 2 } else { 1 };
            for part in 0..parts {
                let quantity = if parts == 1 { unit.quantity } else { [1, unit.quantity - 1][part] };
                let goods = RmaUnit { quantity, ..unit.clone() };
                let parcel = Parcel { number: rma.number.clone(), unit: goods, condition: fate.unwrap().1, tries: 0 };
                let more = i64::try_from(part).unwrap();
                self.plan_in(((days + more) * 24, (days + more) * 24 + 2), Action::Arrives(Box::new(parcel)));
            }
        }
        self.chats(letter, story);
    }

    /// After how many days it arrives, over 14: so many after the last day, and how; `None`: never.
    fn fate_of_parcel(&mut self) -> Option<(i64, Condition)> {
        let days = match self.chance.between(1, 100) {
            1..=68 => self.chance.between(1, 13),
            69..=73 => 14,
            74..=86 => self.chance.between(15, 24),
            _ => return None,
        };
        let how = [
            (76, Condition::Fine),
            (6, Condition::Incomplete),
            (6, Condition::Marked),
            (4, Condition::Damaged),
            (4, Condition::Unmarked),
            (3, Condition::Other),
        ];
        Some((days, self.chance.weighted(&how)))
    }

    fn ships_the_defective_unit(&mut self, case: &Case) {
        let Some(rma) = &case.rma else { return };
        let days = match self.chance.between(1, 100) {
            1..=70 => self.chance.between(1, 13),
            71..=90 => self.chance.between(15, 22),
            _ => return,
        };
        self.ships(rma, days);
    }

    fn ships(&mut self, rma: &Rma, days: i64) {
        for unit in rma.expected() {
            let condition = self.chance.weighted(&[(95, Condition::Fine), (5, Condition::Other)]);
            let parcel = Parcel { number: rma.number.clone(), unit: unit.clone(), condition, tries: 0 };
            self.plan_in((days * 24, days * 24 + 3), Action::Arrives(Box::new(parcel)));
        }
    }

    fn chats(&mut self, letter: &Outgoing, story: usize) {
        let words = match self.chance.between(1, 100) {
            1..=10 => "Where is my RMA? What is its status?",
            11..=22 => "Thank you very much!",
            23..=25 => "We have changed our mind. Please cancel the RMA, nothing will come back.",
            26..=28 => "Could we have more time to send it? Our mail room is closed for two weeks.",
            29 => "Our lawyer will be in touch, we are going to court.",
            _ => return,
        };
        self.will_write(letter, story, (2, 200), words, "");
    }

    fn is_reminded(&mut self, letter: &Outgoing, case: &Case, story: usize) {
        let Some(rma) = &case.rma else { return };
        match self.chance.between(1, 100) {
            1..=25 => self.ships(rma, 1),
            26..=35 => self.will_write(letter, story, (1, 30), "Thanks, we shipped it yesterday.", ""),
            36..=40 => self.will_write(letter, story, (1, 30), "Could we have another two weeks for that?", ""),
            _ => {}
        }
    }

    fn asks_again(&mut self, letter: &Outgoing, story: usize) {
        let words = format!("Sorry, we need a new RMA. {}", self.all_details(&self.world.stories[story]));
        if self.chance.percent(60) {
            self.will_write(letter, story, (1, 90), &words, "");
        } else {
            let mail = Mail { story, answers: None, words, fields: "" };
            self.plan_in((1, 90), Action::Writes(mail));
        }
    }

    fn has_it_back(&mut self, letter: &Outgoing, case: &Case, story: usize) {
        match self.chance.between(1, 100) {
            1..=14 => self.will_write(letter, story, (2, 50), "Thank you for your help.", ""),
            15..=18 => {
                let Some(serial) = self.replacement_of(case) else { return };
                let words = format!("The unit with serial number {serial} is broken again. Please repair it.");
                self.will_write(letter, story, (24, 900), &words, "");
            }
            19..=21 => self.will_write(letter, story, (24, 900), "I have another question about the manual.", ""),
            _ => {}
        }
    }

    fn will_write(&mut self, letter: &Outgoing, story: usize, hours: (i64, i64), words: &str, fields: &'static str) {
        let answers = Some((letter.message_id.clone(), letter.subject.clone()));
        let mail = Mail { story, answers, words: words.to_owned(), fields };
        self.plan_in(hours, Action::Writes(mail));
    }

    /// The first message, as much of it as is said.
    fn request(&self, story: &Story) -> String {
        match story.says {
            Says::All => self.all_details(story),
            Says::Nothing => format!("Hello, {}", wish(story.wish, "one of our units")),
            Says::Invoice => {
                let order = &self.world.orders[story.order];
                let title = order.lines[story.line].product.title;
                wish(story.wish, &format!("one {title} of invoice {}", order.invoice))
            }
            Says::WrongInvoice => {
                let invoice = self.world.wrong_invoice(story).unwrap();
                wish(story.wish, &format!("one unit of invoice {invoice}"))
            }
        }
    }

    /// Everything that is asked for.
    fn all_details(&self, story: &Story) -> String {
        let order = &self.world.orders[story.order];
        let product = order.lines[story.line].product;
        let invoice = &order.invoice;
        let units = match story.serials.as_slice() {
            _ if story.wish == Wish::Cancel => format!("our order {invoice}"),
            [] => format!(
                "{} of the {} (part number {}) of invoice {invoice}",
                story.quantity, product.title, product.part
            ),
            [one] => format!("the {} with serial number {one} of invoice {invoice}", product.title),
            several => format!("the units with serial numbers {} of invoice {invoice}", several.join(" and ")),
        };
        wish(story.wish, &units)
    }
}

/// In what condition a parcel arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    Fine,
    Incomplete,
    Marked,
    Damaged,
    /// Without the RMA number on the outside.
    Unmarked,
    /// Another unit than the one on the RMA.
    Other,
}

impl Condition {
    pub fn noted(self) -> Arrived {
        let noted = |is: bool, words: &str| is.then(|| words.to_owned());
        Arrived {
            missing: noted(self == Condition::Incomplete, "the manual"),
            marks: noted(self == Condition::Marked, "a scratch"),
            damage: noted(self == Condition::Damaged, "a dent"),
            unmarked_box: self == Condition::Unmarked,
            refused_delivery: false,
        }
    }
}

fn subject(wish: Wish) -> &'static str {
    match wish {
        Wish::Repair | Wish::Advance | Wish::DeadOnArrival | Wish::Dropped | Wish::Stranger => "Broken unit",
        Wish::Cancel => "Cancellation",
        Wish::Status => "Status",
        Wish::Offer => "Best prices",
        _ => "Return",
    }
}

/// A request about these units.
fn wish(wish: Wish, units: &str) -> String {
    match wish {
        Wish::Refund => format!("we ordered too many: please refund {units}. We do not need them, they are unopened."),
        Wish::Credit => format!("please credit our account for {units}. We do not need it, it is unopened."),
        Wish::Exchange => {
            format!("please exchange {units} for another model. It is not compatible with our monitors.")
        }
        Wish::Return => format!("we would like to send back {units}. We no longer need it."),
        Wish::RefundOfDefect => format!("{units} no longer powers on. Please refund it."),
        Wish::DeadOnArrival => format!("{units} was dead on arrival: it never powered on. Please replace it."),
        Wish::Repair | Wish::Stranger => format!("{units} no longer powers on. Please repair it."),
        Wish::Advance => format!(
            "{units} no longer powers on and we need an RMA. Please send a replacement in advance, we cannot be \
             without it."
        ),
        Wish::Cancel => format!("please cancel {units}. We do not need it any more."),
        Wish::Dropped => format!("I dropped {units} and it no longer powers on. Please repair it."),
        Wish::Legal => format!("{units} no longer powers on. Our lawyer will be in touch, we are going to court."),
        Wish::Status => "Where is my RMA? What is its status?".to_owned(),
        Wish::Offer => "We sell cables at the best prices. Shall we send our catalog?".to_owned(),
    }
}
