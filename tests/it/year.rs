//! A year at a returns desk: two thousand cases of customers and staff who do what people do, by chance and with a seed,
//! and books that are looked through at its end.
//!
//! The clock goes through 2028, which has a 29 February, in the vendor's days and nights. `world` is what was sold and
//! what is going to be asked; `customers` write, and answer the letters that reach them; `staff` open parcels and take
//! steps, now and then a wrong one; `books` holds at the end what must be true of everything that is recorded.

mod books;
mod chance;
mod customers;
mod money;
mod reminders;
mod staff;
mod trails;
mod world;

use std::collections::{BTreeMap, HashMap};

use jiff::civil::{Date, DateTime, Time, date, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};
use rmad::case::Case;
use rmad::case::calendar::Calendar;
use rmad::daemon;
use rmad::outbox::{Delivery, Outgoing};
use rmad::store::{Arrival, Sent};
use sqlx::SqlitePool;
use tempfile::TempDir;

use crate::house::{Database, House};
use chance::Chance;
use customers::Mail;
use staff::Parcel;
use world::{World, YEAR};

const SEED: u64 = 2028;
const CASES: usize = 2_000;
/// More than cases: some join others, some come to nothing.
const STORIES: usize = 2_040;
const VENDOR: &str = "[vendor]
name = \"Northwind KVM\"
address = \"support@northwind.example\"
returns_address = [\"Northwind KVM Returns\", \"1200 Harbor Way, Dock 4\", \"Portland, OR 97201\"]
staff_address = \"returns@staff.example\"
business_hours = \"09:00-17:00\"
holidays = [\"01-01\", \"07-04\", \"2028-11-23\", \"12-25\"]

[trust]
authserv_ids = [\"mx.northwind.example\"]
free_mail_domains = [\"freemail.example\"]
";

#[tokio::test]
async fn a_year_of_two_thousand_cases_ends_with_books_that_balance() {
    let mut year = Year::new(SEED, STORIES).await;
    year.pass().await;
    year.close().await;
}

/// What somebody is going to do.
enum Action {
    /// A customer's request, by its place among the stories.
    Opens(usize),
    Writes(Mail),
    /// The mail server returns a letter of ours.
    Returns {
        raw: String,
        story: usize,
    },
    Arrives(Box<Parcel>),
    /// Staff look at a case.
    Looks(String),
}

/// The desk, everybody who has to do with it, and what they have in mind.
struct Year {
    house: House,
    world: World,
    chance: Chance,
    zone: TimeZone,
    agenda: BTreeMap<(Timestamp, u64), Action>,
    planned: u64,
    last_uid: i64,
    /// Which story a case tells.
    stories: HashMap<String, usize>,
    /// The story of each message that waits, by its key in the ledger.
    waiting: Vec<(i64, usize)>,
    wrong_steps: u32,
    /// For questions that the store has no answer to.
    database: SqlitePool,
    _directory: TempDir,
}

impl Year {
    async fn new(seed: u64, stories: usize) -> Year {
        let mut chance = Chance::new(seed);
        let world = World::new(&mut chance, stories);
        let directory = scratch();
        std::fs::write(directory.path().join("rmad.toml"), VENDOR).unwrap();
        world.write(&directory.path().join("orders"));
        let file = directory.path().join("year.db");
        let house = House::of(directory.path(), Database::at(&file), |_| ()).await;
        let database = SqlitePool::connect(&format!("sqlite://{}?mode=ro", file.display())).await.unwrap();
        let mut year = Year {
            world,
            chance,
            zone: house.desk.time_zone.clone(),
            house,
            agenda: BTreeMap::new(),
            planned: 0,
            last_uid: 0,
            stories: HashMap::new(),
            waiting: vec![],
            wrong_steps: 0,
            database,
            _directory: directory,
        };
        let openings: Vec<DateTime> = year.world.stories.iter().map(|story| story.at).collect();
        for (story, at) in openings.into_iter().enumerate() {
            let at = year.instant(at);
            year.plan(at, Action::Opens(story));
        }
        year
    }

    /// From New Year to New Year.
    async fn pass(&mut self) {
        for day in date(YEAR, 1, 1).series(1.day()).take_while(|day| day.year() == YEAR) {
            for moment in MOMENTS {
                let at = self.instant(day.to_datetime(moment));
                self.house.clock.set(at);
                self.act().await;
                if may_bring_something(moment) {
                    daemon::remind(&self.house.desk, at).await.unwrap();
                    daemon::digest(&self.house.desk, at).await.unwrap();
                }
                self.post().await;
            }
            self.ends(day).await;
        }
    }

    /// Everybody does what they had in mind until now; then the desk answers.
    async fn act(&mut self) {
        let now = self.house.clock.now();
        let later = self.agenda.split_off(&(now + SignedDuration::from_nanos(1), 0));
        for ((at, _), action) in std::mem::replace(&mut self.agenda, later) {
            match action {
                Action::Opens(story) => self.opens(story, at).await,
                Action::Writes(mail) => self.writes(&mail, at).await,
                Action::Returns { raw, story } => self.keeps(raw, at, story).await,
                Action::Arrives(parcel) if self.is_at_work() => self.arrives(*parcel).await,
                Action::Looks(case) if self.is_at_work() => self.looks(&case).await,
                unhandled => self.plan(self.opening_after(now), unhandled),
            }
        }
        if !self.waiting.is_empty() {
            self.house.answer().await;
            self.learn_what_was_answered().await;
        }
    }

    /// Which case each message came to; what is held is for staff to look at.
    async fn learn_what_was_answered(&mut self) {
        for (message, story) in std::mem::take(&mut self.waiting) {
            let Some(number) = self.house.entry(message).await.case_number else { continue };
            self.stories.entry(number.clone()).or_insert(story);
            if self.case(&number).await.is_for_staff() {
                self.will_look(number, 0, 3);
            }
        }
    }

    /// Hands what is due to a post office that now and then refuses, puts off or loses a message.
    async fn post(&mut self) {
        let now = self.house.clock.now();
        loop {
            let leased = crate::databases::lease(&self.house.store, now, now + SignedDuration::from_mins(5), 100).await;
            if leased.is_empty() {
                return;
            }
            let mut tx = self.house.store.begin().await.unwrap();
            let mut told = vec![];
            for lease in leased {
                let (delivery, retry_at) = self.fate(now);
                let sent = tx.delivered(&lease, &delivery, now, retry_at).await.unwrap();
                if let (Sent::Accepted, Some(case)) = (sent, lease.case_number) {
                    told.push((lease.outgoing, case));
                }
            }
            tx.commit().await.unwrap();
            for (letter, case) in told {
                self.reads(&letter, &case).await;
            }
        }
    }

    fn fate(&mut self, now: Timestamp) -> (Delivery, Option<Timestamp>) {
        let words = |words: &str| words.to_owned();
        match self.chance.between(1, 200) {
            1 => (Delivery::Refused(words("550 no such user")), None),
            2 => (Delivery::Unknown(words("the connection broke")), None),
            3..=6 => (Delivery::Postponed(words("451 try again")), Some(now + SignedDuration::from_hours(2))),
            _ => (Delivery::Accepted(words("250 ok")), None),
        }
    }

    /// Somebody reads a letter.
    async fn reads(&mut self, letter: &Outgoing, number: &str) {
        let Some(story) = self.stories.get(number).copied() else { return };
        if self.chance.percent(1) {
            return self.bounces(letter, story);
        }
        if letter.is_to_staff() {
            return;
        }
        let case = self.case(number).await;
        self.answers(letter, &case, story);
    }

    /// What must be true every evening.
    async fn ends(&mut self, day: Date) {
        let counts = self.house.store.ledger_counts(self.house.clock.now()).await.unwrap();
        assert_eq!((counts.waiting, counts.quarantined), (0, 0), "on {day}, seed {SEED}");
        self.no_unit_is_in_two_open_rmas(day).await;
    }

    async fn case(&self, number: &str) -> Case {
        self.house.store.case(number).await.unwrap().unwrap()
    }

    fn plan(&mut self, at: Timestamp, action: Action) {
        self.planned += 1;
        self.agenda.insert((at, self.planned), action);
    }

    fn plan_in(&mut self, hours: (i64, i64), action: Action) {
        let after = SignedDuration::from_mins(self.chance.between(hours.0 * 60, hours.1 * 60));
        let at = self.house.clock.now() + after;
        self.plan(at, action);
    }

    /// Staff look at a case after so many days.
    fn will_look(&mut self, case: String, least: i64, most: i64) {
        self.plan_in((least * 24 + 1, most * 24 + 8), Action::Looks(case));
    }

    async fn keeps(&mut self, raw: String, received_at: Timestamp, story: usize) {
        self.last_uid += 1;
        let (mailbox, uid) = ("INBOX".to_owned(), self.last_uid);
        let arrival = Arrival { mailbox, uid_validity: 1, uid, received_at, raw: raw.into_bytes() };
        let kept = self.house.store.keep(&[arrival], self.house.clock.now()).await.unwrap();
        self.waiting.push((kept[0], story));
    }

    fn calendar(&self) -> &Calendar {
        &self.house.desk.schedule.calendar
    }

    fn today(&self) -> Date {
        self.house.clock.today(&self.zone)
    }

    fn is_at_work(&self) -> bool {
        self.calendar().is_open(self.house.clock.now())
    }

    fn opening_after(&self, at: Timestamp) -> Timestamp {
        self.calendar().next_open(at).unwrap()
    }

    fn instant(&self, at: DateTime) -> Timestamp {
        self.zone.to_ambiguous_timestamp(at).compatible().unwrap()
    }
}

/// The moments of a day at which something is done: by night, when the clocks may change, by day, and in the evening.
const MOMENTS: [Time; 6] =
    [time(2, 30, 0, 0), time(9, 0, 0, 0), time(11, 30, 0, 0), time(14, 0, 0, 0), time(16, 30, 0, 0), time(21, 0, 0, 0)];

/// The first moment of civil hours, and two at which nothing may go out, which is for the desk to know.
fn may_bring_something(moment: Time) -> bool {
    [MOMENTS[0], MOMENTS[1], MOMENTS[5]].contains(&moment)
}

/// Whether the vendor's clock shows a civil hour of a business day, as the configuration above has them.
fn is_civil(at: &Zoned) -> bool {
    let is_holiday = [(1, 1), (7, 4), (11, 23), (12, 25)].contains(&(at.month(), at.day()));
    (9..17).contains(&at.hour()) && at.weekday().to_monday_one_offset() <= 5 && !is_holiday
}

/// In memory where there is such a place: nothing of it has to outlive a crash.
fn scratch() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}
