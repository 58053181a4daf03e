//! What cannot be read or answered is put before a person, and stops nobody else (guarantee G5).

use jiff::SignedDuration;
use rmad::case::State;
use rmad::policy::{Flag, OutcomeKind};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use super::{ADA, BARE, House, WHOLE, databases, mail};

const BEN: &str = "ben@freemail.example";
/// An address that needs SMTPUTF8 (RFC 6531): the order data knows it, and no letter can be written to it.
const JÖRG: &str = "Jörg Weiß <jörg@lab.example>";
const DEAD: &str = "Dead switch, serial NWS-24002101, RMA please.";
const MOST_ATTEMPTS: u32 = 5;

#[tokio::test]
async fn a_message_that_cannot_be_answered_stops_no_other() {
    for database in databases("a_message_that_cannot_be_answered_stops_no_other").await {
        let mut house = House::open(database, |_| ()).await;
        let before = house.receive(mail(ADA, "1@customer.example", WHOLE)).await;
        let stuck = house.receive(mail(BEN, "1@freemail.example", DEAD)).await;
        let after = house.receive(mail("Zoe <zoe@elsewhere.example>", "1@elsewhere.example", BARE)).await;
        refuse_mail_to(&house.database.url, BEN).await;
        assert_eq!(house.answer().await, 3);
        for (answered, outcome) in [(before, OutcomeKind::RmaIssued), (after, OutcomeKind::DetailsRequested)] {
            assert_eq!(house.entry(answered).await.outcome, Some(outcome));
        }
        let entry = house.entry(stuck).await;
        assert_eq!((entry.attempts, entry.outcome, entry.settled_at), (1, None, None));
        assert!(entry.not_before.unwrap() > house.clock.now() && entry.last_error.is_some(), "{entry:?}");
        assert_eq!(house.store.recent_cases(10).await.unwrap().len(), 2, "nothing of the failed attempt is left");
        assert_eq!(house.store.events_of_message(stuck).await.unwrap(), []);
    }
}

#[tokio::test]
async fn after_the_last_attempt_a_person_is_asked() {
    for database in databases("after_the_last_attempt_a_person_is_asked").await {
        let mut house = House::open(database, |_| ()).await;
        let stuck = house.receive(mail(BEN, "1@freemail.example", DEAD)).await;
        refuse_mail_to(&house.database.url, BEN).await;
        for attempt in 1..=MOST_ATTEMPTS {
            assert_eq!(house.answer().await, 1, "attempt {attempt}");
            assert_eq!(house.answer().await, 0, "not again at once");
            assert_eq!(house.entry(stuck).await.attempts, attempt);
            house.clock.advance(SignedDuration::from_hours(1));
        }
        let entry = house.entry(stuck).await;
        assert_eq!((entry.outcome, entry.flags), (Some(OutcomeKind::HeldForReview), vec![Flag::Unreadable]));
        assert!(entry.defect.is_some_and(|defect| defect.contains("no room")));
        assert_eq!(house.answer().await, 0);
        let counts = house.store.ledger_counts(house.clock.now()).await.unwrap();
        assert_eq!((counts.waiting, counts.quarantined, counts.outbox.recorded), (0, 1, 0));
        assert_eq!(house.store.recent_messages(1).await.unwrap()[0].id, stuck);
    }
}

/// The order data knows the customer; no letter can be addressed to them, and no RMA is issued that nobody hears of.
#[tokio::test]
async fn who_cannot_be_written_to_is_left_to_a_person_at_once() {
    for database in databases("not_written_to").await {
        let mut house = House::open(database, |_| ()).await;
        let id = house.take_in(mail(JÖRG, "1@lab.example", "Dead switch, serial NWS-24003101, RMA please.")).await;
        let entry = house.entry(id).await;
        assert_eq!((entry.outcome, entry.flags), (Some(OutcomeKind::HeldForReview), vec![Flag::ReplyWithheld]));
        let decision = house.decision(id).await.unwrap();
        assert!(decision.rules.iter().any(|(_, found)| found.contains("RFC 6531")), "{:?}", decision.rules);
        assert_eq!((decision.rma, house.replies(id).await.len()), (None, 0));
        let case = house.store.case(&entry.case_number.unwrap()).await.unwrap().unwrap();
        assert_eq!((case.state, case.facts.items.len()), (State::HeldForReview, 1));
    }
}

/// The database refuses one reply, in the middle of a batch; an hour later it does not.
#[tokio::test]
async fn a_fault_that_passes_costs_time_and_nothing_else() {
    for database in databases("a_fault_that_passes_costs_time_and_nothing_else").await {
        let mut house = House::open(database, |_| ()).await;
        let stuck =
            house.receive(mail(BEN, "1@freemail.example", "Dead switch, serial NWS-24002101, RMA please.")).await;
        let other = house.receive(mail(ADA, "1@customer.example", WHOLE)).await;
        refuse_mail_to(&house.database.url, BEN).await;
        house.answer().await;
        assert_eq!((house.entry(stuck).await.settled_at, house.replies(other).await.len()), (None, 1));

        refuse_nothing(&house.database.url).await;
        assert_eq!(house.answer().await, 0, "it waits for its hour");
        house.clock.advance(SignedDuration::from_hours(1));
        assert_eq!(house.answer().await, 1);
        let entry = house.entry(stuck).await;
        assert_eq!((entry.attempts, entry.outcome, entry.defect), (2, Some(OutcomeKind::RmaIssued), None));
        let rmas =
            [house.decision(other).await, house.decision(stuck).await].map(|made| made.unwrap().rma.unwrap().number);
        assert_ne!(rmas[0], rmas[1]);
        assert_eq!(house.store.ledger_counts(house.clock.now()).await.unwrap().outbox.recorded, 2);
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_put_before_a_person() {
    for database in databases("what_cannot_be_read_is_put_before_a_person").await {
        let mut house = House::open(database, |_| ()).await;
        let mut unreadable = Vec::new();
        for raw in ["", " \r\n\r\n", "\r\njust words\r\n", &mail("", "1@customer.example", BARE)] {
            unreadable.push(house.receive(raw).await);
        }
        let readable = house.receive(mail(ADA, "2@customer.example", WHOLE)).await;
        assert_eq!(house.answer().await, 5);
        for id in unreadable {
            let entry = house.entry(id).await;
            assert_eq!((entry.outcome, entry.flags), (Some(OutcomeKind::HeldForReview), vec![Flag::Unreadable]));
            assert!(entry.defect.is_some() && entry.case_number.is_none());
        }
        assert_eq!(house.entry(readable).await.outcome, Some(OutcomeKind::RmaIssued));
        let counts = house.store.ledger_counts(house.clock.now()).await.unwrap();
        assert_eq!((counts.quarantined, counts.outbox.recorded), (4, 1));
    }
}

/// Has the database raise an error wherever a reply to this address is to be recorded.
async fn refuse_mail_to(url: &str, address: &str) {
    let sqlite = format!(
        "CREATE TRIGGER refuse BEFORE INSERT ON outbox WHEN NEW.recipient = '{address}'
         BEGIN SELECT RAISE(FAIL, 'no room'); END"
    );
    let postgres = format!(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room'; END $$;
         CREATE TRIGGER refuse BEFORE INSERT ON outbox FOR EACH ROW WHEN (NEW.recipient = '{address}')
         EXECUTE FUNCTION refuse()"
    );
    run(url, sqlite, postgres).await;
}

async fn refuse_nothing(url: &str) {
    run(url, "DROP TRIGGER refuse".to_owned(), "DROP TRIGGER refuse ON outbox".to_owned()).await;
}

async fn run(url: &str, sqlite: String, postgres: String) {
    if url.starts_with("sqlite") {
        let mut connection = SqliteConnection::connect(url).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(sqlite)).execute(&mut connection).await.unwrap();
    } else {
        let mut connection = PgConnection::connect(url).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(postgres)).execute(&mut connection).await.unwrap();
    }
}

/// Later mail of a case waits for the earlier (guarantee G8), and waiting is no attempt.
#[tokio::test]
async fn a_message_that_is_set_back_is_not_overtaken_by_the_next_of_its_case() {
    for database in databases("not_overtaken").await {
        let mut house = House::open(database, |_| ()).await;
        let first = house.receive(mail(BEN, "1@freemail.example", super::BARE)).await;
        let answer = mail(BEN, "2@freemail.example", "Serial NWS-24002101, it is dead, RMA please.");
        let second = house.receive(super::with("In-Reply-To: <1@freemail.example>", &answer)).await;
        let other = house.receive(mail(ADA, "3@customer.example", WHOLE)).await;
        let url = house.database.url.clone();
        let sqlite = "CREATE TRIGGER refuse BEFORE INSERT ON outbox WHEN NEW.template = 'details_requested'
                      BEGIN SELECT RAISE(FAIL, 'no room'); END";
        let postgres = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room'; END $$;
                        CREATE TRIGGER refuse BEFORE INSERT ON outbox FOR EACH ROW
                        WHEN (NEW.template = 'details_requested') EXECUTE FUNCTION refuse()";
        run(&url, sqlite.to_owned(), postgres.to_owned()).await;
        house.answer().await;
        assert_eq!(house.entry(other).await.outcome, Some(OutcomeKind::RmaIssued), "others do not wait");
        let third = house.receive(mail(BEN, "4@freemail.example", "And please hurry.")).await;
        house.clock.advance(SignedDuration::from_secs(70));
        house.answer().await;
        let attempts = [house.entry(first).await, house.entry(second).await, house.entry(third).await];
        assert_eq!(attempts.map(|entry| (entry.attempts, entry.outcome)), [(2, None), (0, None), (0, None)]);

        refuse_nothing(&url).await;
        are_answered_in_order(&house, [first, second, third]).await;
    }
}

/// A colleague's mail may belong to the same case, and so may what answers a message that waits itself.
#[tokio::test]
async fn the_whole_party_waits_behind_a_message_that_is_set_back() {
    for database in databases("the_party_waits").await {
        let mut house = House::open(database, |_| ()).await;
        let first = house.receive(mail(ADA, "1@customer.example", BARE)).await;
        let url = house.database.url.clone();
        refuse_mail_to(&url, "ada@customer.example").await;
        house.answer().await;
        let colleague = mail("Bob <bob@customer.example>", "2@customer.example", WHOLE);
        let second = house.receive(super::with("In-Reply-To: <1@customer.example>", &colleague)).await;
        let private = mail("Bob <bob@freemail.example>", "3@freemail.example", "Serial NWS-24002101 is dead too.");
        let third = house.receive(super::with("In-Reply-To: <2@customer.example>", &private)).await;
        house.answer().await;
        for waiting in [first, second, third] {
            assert_eq!(house.entry(waiting).await.outcome, None);
        }
        refuse_nothing(&url).await;
        are_answered_in_order(&house, [first, second, third]).await;
    }
}

/// The store refuses everything: that is no message's fault, however often it is tried.
#[tokio::test]
async fn a_fault_of_the_store_is_charged_to_no_message() {
    for database in databases("no_turn").await {
        let mut house = House::open(database, |_| ()).await;
        let ids = [
            house.receive(mail(ADA, "1@customer.example", WHOLE)).await,
            house.receive(mail(BEN, "2@freemail.example", DEAD)).await,
        ];
        let url = house.database.url.clone();
        let sqlite = "CREATE TRIGGER refuse BEFORE INSERT ON counters BEGIN SELECT RAISE(FAIL, 'no room'); END";
        let postgres = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room'; END $$;
                        CREATE TRIGGER refuse BEFORE INSERT ON counters FOR EACH ROW EXECUTE FUNCTION refuse()";
        run(&url, sqlite.to_owned(), postgres.to_owned()).await;
        for _ in 0..12 {
            let fault = house.desk.answer_waiting(house.clock.now(), 50).await.unwrap_err();
            assert!(format!("{fault:#}").contains("no room"), "{fault:#}");
        }
        for id in ids {
            assert_eq!(house.entry(id).await.attempts, 0);
        }
        run(&url, "DROP TRIGGER refuse".to_owned(), "DROP TRIGGER refuse ON counters".to_owned()).await;
        assert_eq!(house.answer().await, 2, "both together");
        for id in ids {
            assert_eq!(house.entry(id).await.outcome, Some(OutcomeKind::RmaIssued));
        }
    }
}

/// An hour later all are answered: the first asks, the second gives what it asked for in the same case.
async fn are_answered_in_order(house: &House, [first, second, third]: [i64; 3]) {
    house.clock.advance(SignedDuration::from_hours(1));
    house.answer().await;
    let (one, next) = (house.entry(first).await, house.entry(second).await);
    assert_eq!((one.outcome, next.outcome), (Some(OutcomeKind::DetailsRequested), Some(OutcomeKind::RmaIssued)));
    assert_eq!(one.case_number, next.case_number);
    assert!(house.entry(third).await.outcome.is_some());
}
