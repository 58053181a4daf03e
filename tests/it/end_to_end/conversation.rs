//! A customer and the daemon write to each other.

use rmad::case::State;
use rmad::policy::{Flag, OutcomeKind};

use super::{Vendor, bare_request, mail, rma_number, serial, whole_request};
use crate::lab;

#[test]
fn a_case_goes_from_a_request_by_way_of_a_question_to_an_rma() {
    let vendor = Vendor::new(lab::up(), 1);
    let sam = &vendor.customers[0];
    let daemon = vendor.run();

    let request = bare_request(&vendor, 0);
    vendor.receives(&request);
    let [question] = &vendor.replies(sam, 1)[..] else { panic!() };
    assert!(question.header("From").contains(&vendor.address) && question.header("To").contains(sam.as_str()));
    assert_eq!(question.header("Subject"), "Re: Dead switch [C-00001]");
    assert_eq!(question.header("Auto-Submitted"), "auto-replied");
    let asked = request.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap();
    assert_eq!(question.header("In-Reply-To"), asked);
    assert!(question.text().contains("serial number"), "{}", question.text());
    vendor.filed(1, 0);

    vendor.receives(&question.answer(sam, &format!("It is {}.", serial(0, 2))));
    let [_, issued] = &vendor.replies(sam, 2)[..] else { panic!() };
    assert!(issued.header("References").contains(question.header("Message-ID")), "{:?}", issued.0);
    assert!(issued.text().contains(&serial(0, 2)) && !issued.text().contains(&serial(0, 1)), "{}", issued.text());
    vendor.filed(2, 0);
    let counts = vendor.in_order(2, 2);
    daemon.stop();

    assert_eq!((counts.quarantined, counts.duplicates), (0, 0));
    let number = rma_number(issued);
    let case = vendor.remembers(async |store| store.case("C-00001").await.unwrap().unwrap());
    let rma = case.rma.unwrap();
    assert_eq!((case.state, &rma.number), (State::Approved, &number));
    assert_eq!(rma.units[0].serial_number, Some(serial(0, 2)));
    for message in vendor.lab.messages(&vendor.address, "Processed") {
        assert!(!message["flags"].to_string().contains("Seen"), "staff are shown it as read: {message}");
    }
}

#[test]
fn what_staff_must_see_lies_in_review_and_no_machine_is_answered() {
    let vendor = Vendor::with(lab::up(), vec![lab::up().new_user(), "full@cust.test".to_owned()], None);
    let sam = &vendor.customers[0];
    let dropped =
        format!("I dropped our switch, serial number {}, and now it is dead. Please repair it.", serial(0, 1));
    vendor.receives(&mail(sam, "Dead switch", "", &dropped));
    vendor.receives(&mail(sam, "Away", "Auto-Submitted: auto-replied\r\n", "I am out of the office until Monday."));
    // Postfix takes what is written to a full mailbox, and returns it
    vendor.receives(&whole_request(&vendor, 1));
    let daemon = vendor.run();

    let [acknowledgement] = &vendor.replies(sam, 1)[..] else { panic!() };
    assert_eq!(acknowledgement.header("Subject"), "Re: Dead switch [C-00001]");
    vendor.filed(2, 2);
    vendor.in_order(4, 2);
    daemon.stop();
    assert_eq!(vendor.lab.count(sam, "INBOX"), 1);
    vendor.remembers(async |store| {
        let held = store.case("C-00001").await.unwrap().unwrap();
        assert_eq!((held.state, held.flags), (State::HeldForReview, vec![Flag::PossibleVoidWarranty]));
        let bounced = store.case("C-00002").await.unwrap().unwrap();
        assert_eq!((bounced.state, bounced.flags), (State::HeldForReview, vec![Flag::ReplyBounced]));
        let outcomes: Vec<_> =
            store.recent_messages(9).await.unwrap().iter().rev().map(|entry| entry.outcome).collect();
        use OutcomeKind::{HeldForReview, Ignored, RmaIssued};
        assert_eq!(outcomes.len(), 4);
        for expected in [HeldForReview, Ignored, RmaIssued] {
            assert!(outcomes.contains(&Some(expected)), "{outcomes:?}");
        }
    });
}
