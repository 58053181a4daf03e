//! What lands where, in the forms of many mail programs.

use super::*;
use crate::mail::header;

fn sorted(subject: &str, text: &str) -> Words {
    let fields =
        header::parse("From: Ann Baker <ann.baker@customer.example>\nTo: Returns Desk <support@vendor.example>\n")
            .unwrap();
    let own = Own::of(&fields, &["support@vendor.example".to_owned()]);
    let mut body = Body::default();
    body.lines = text.lines().map(Line::written).collect();
    of(&body, &Context { subject, author: "Ann Baker <ann.baker@customer.example>", own: &own })
}

fn new_text(text: &str) -> String {
    sorted("Re: [C-1] Your return", text).new_text
}

#[test]
fn top_posted_answers_are_cut_at_the_attribution() {
    for text in [
        "It is dead.\n\nOn June 9, 2026, Returns Desk <support@vendor.example> wrote:\n\n> What is wrong?\n> -- \n> Desk\n",
        "It is dead.\n\nOn 6/9/26 11:18 AM, Returns Desk wrote:\n> What is wrong?\n",
        "It is dead.\n\nOn Tue, Jun 9, 2026 at 11:18 AM Returns Desk <support@vendor.example> wrote:\n\nWhat is wrong?\n\nDesk\n",
        "It is dead.\n\n-----Original Message-----\nFrom: Returns Desk\nSent: Tuesday\nTo: Ann\nSubject: x\n\nWhat is wrong?\n",
        "It is dead.\n\n________________________________\nFrom: Returns Desk\nSent: Tuesday\nTo: Ann\nSubject: x\n\nWhat is wrong?\n",
        "It is dead.\n\nVon: Returns Desk <support@vendor.example>\nGesendet: Dienstag\nAn: Ann\nBetreff: x\n\nWhat is wrong?\n",
        "It is dead.\n\nAm 09.06.2026 um 11:18 schrieb Returns Desk:\n> What is wrong?\n",
        "It is dead.\n\nLe mar. 9 juin 2026 à 11:18, Returns Desk\n<support@vendor.example> a écrit :\n\n> What is wrong?\n",
        "It is dead.\n\n---- On Tue, 09 Jun 2026 11:18:00 -0700 Returns Desk <support@vendor.example> wrote ----\n\n> What is wrong?\n",
        "It is dead.\n\n## Please type your reply above this line ##\n\nWhat is wrong?\n",
        "It is dead.\n\n> What is wrong?\n",
        "It is dead.\n\nFrom: \"Returns Desk\" <support@vendor.example>\nTo: \"Ann\" <ann.baker@customer.example>\nSent: Tuesday, June 9, 2026 11:18:00 AM\nSubject: x\n\nWhat is wrong?\n",
    ] {
        let words = sorted("Re: x", text);
        assert_eq!(words.new_text, "It is dead.", "{text}");
        assert!(words.quoted.contains("What is wrong?"), "{text}");
        assert_eq!(words.forwarded, "", "{text}");
    }
}

#[test]
fn answers_below_and_between_quotes_are_new() {
    assert_eq!(new_text("> What is the serial number?\n\nIt is 4711.\n"), "It is 4711.");
    assert_eq!(
        new_text(
            "On June 9, 2026, Desk wrote:\n> Hello,\n>\n> What is the serial number?\n4711\n\n> What is wrong?\nNo picture.\n\nAnn\n"
        ),
        "4711\n\nNo picture."
    );
    let without_prefix = "----- Original Message -----\nFrom: Returns Desk\n> What is wrong?\n\nNo picture.\n";
    assert_eq!(new_text(without_prefix), "No picture.");
}

#[test]
fn forwarded_messages_are_kept_apart() {
    let original =
        "From: Bob <bob@customer.example>\nSent: Monday\nTo: Ann\nSubject: KVM\n\nMy switch is dead.\n-- \nBob\n";
    let cases = [
        ("FW: KVM", format!("Please help.\n\n-----Original Message-----\n{original}")),
        ("FW: KVM", format!("Please help.\n\n{original}")),
        ("Fwd: KVM", format!("Please help.\n\n---------- Forwarded message ---------\n{original}")),
        ("KVM", "Please help.\n\n-------- Forwarded Message --------\nSubject: KVM\nDate: x\nFrom: Bob\nTo: Ann\n\n\nMy switch is dead.\n".to_owned()),
        ("Fwd: KVM", format!("Please help.\n\nBegin forwarded message:\n\n{original}")),
        ("Fwd: KVM", "Please help.\n\n> Begin forwarded message:\n> \n> From: Bob\n> Subject: KVM\n> Date: x\n> \n> My switch is dead.\n".to_owned()),
        ("WG: KVM", "Please help.\n\nVon: Bob\nGesendet: Montag\nAn: Ann\nBetreff: KVM\n\nMy switch is dead.\n".to_owned()),
        ("TR: KVM", "Please help.\n\n-----Message d'origine-----\nDe : Bob\nEnvoyé : lundi\nÀ : Ann\nObjet : KVM\n\nMy switch is dead.\n".to_owned()),
    ];
    for (subject, text) in cases {
        let words = sorted(subject, &text);
        assert_eq!(words.new_text, "Please help.", "{text}");
        assert!(words.forwarded.ends_with("My switch is dead."), "{text}\n{}", words.forwarded);
        assert_eq!(words.quoted, "", "{text}");
    }
}

#[test]
fn our_own_mail_is_quoted_even_when_forwarded() {
    for head in [
        "-----Original Message-----\nFrom: Returns Desk\nSent: x\nTo: y\nSubject: z",
        "---------- Forwarded message ---------\nFrom: Desk <support@vendor.example>\nDate: x\nSubject: z",
        "From: Vendor Sales\nSent: x\nTo: y\nSubject: z",
    ] {
        let words = sorted("FW: [C-1] Your return", &format!("Theo here, serial 4711.\n\n{head}\n\nWhat is wrong?\n"));
        assert_eq!(words.new_text, "Theo here, serial 4711.", "{head}");
        assert_eq!(words.forwarded, "", "{head}");
        assert!(words.quoted.ends_with("What is wrong?"), "{head}");
    }
}

#[test]
fn a_forwarded_message_is_sorted_itself() {
    let text = "FYI\n\n---------- Forwarded message ---------\nFrom: Bob Miller <bob@customer.example>\nSubject: Re: KVM\n\n\
                Serial 4711, dead.\n\nBob Miller\nFacilities\n\nOn June 1, 2026, Desk <support@vendor.example> wrote:\n> Which one?\n";
    let words = sorted("Fwd: KVM", text);
    assert_eq!(words.new_text, "FYI");
    assert!(words.forwarded.ends_with("Serial 4711, dead."), "{}", words.forwarded);
    assert!(words.quoted.ends_with("> Which one?"));
    assert_eq!(words.signature, "Bob Miller\nFacilities");

    let twice = "FYI\n\n-----Original Message-----\nFrom: Bob\nSent: x\nTo: Ann\nSubject: FW: KVM\n\nSee below.\n\n\
                 -----Original Message-----\nFrom: Cid\nSent: x\nTo: Bob\nSubject: KVM\n\nIt is dead.\n";
    let words = sorted("FW: KVM", twice);
    assert!(words.forwarded.contains("See below.") && words.forwarded.ends_with("It is dead."));
}

#[test]
fn signatures_are_taken_off() {
    for (text, signature) in [
        (
            "It is dead.\n\n-- \nAnn Baker\nInvoice clerk, account 12345\n",
            "-- \nAnn Baker\nInvoice clerk, account 12345",
        ),
        ("It is dead.\n\nSent from my iPhone\n", "Sent from my iPhone"),
        ("It is dead.\n\nGet Outlook for iOS\n", "Get Outlook for iOS"),
        ("It is dead.\n\nVon meinem iPhone gesendet\n", "Von meinem iPhone gesendet"),
        ("It is dead.\n\nEnvoyé de mon iPhone\n", "Envoyé de mon iPhone"),
        (
            "It is dead.\n\n--\nSent from my Android device with K-9 Mail. Please excuse my brevity.\n",
            "--\nSent from my Android device with K-9 Mail. Please excuse my brevity.",
        ),
        ("It is dead.\n\nAnn\n", "Ann"),
        (
            "It is dead.\n\nAnn Baker\nAcme Ltd | Facilities\nTel. +44 20 5550 1180\nwww.acme.example\n",
            "Ann Baker\nAcme Ltd | Facilities\nTel. +44 20 5550 1180\nwww.acme.example",
        ),
        ("It is dead.\n\nAnn\n\nAnn Baker\nFacilities\n", "Ann\n\nAnn Baker\nFacilities"),
    ] {
        let words = sorted("KVM", text);
        assert_eq!((words.new_text.as_str(), words.signature.as_str()), ("It is dead.", signature), "{text}");
    }
    let words = sorted("KVM", "It is dead.\n\nKind regards,\nAnn Baker\nAcme\n");
    assert_eq!(
        (words.new_text.as_str(), words.signature.as_str()),
        ("It is dead.\n\nKind regards,", "Ann Baker\nAcme")
    );
}

#[test]
fn what_may_be_a_detail_stays_new() {
    for text in [
        "It is dead.\n\nAnn\nInvoice 20172",
        "It is dead.\n\nAnn\n4006381333931",
        "It is dead.\n\nAnn Baker, C10461",
        "It is dead.\n\nAnn\n\nPS: the box is open.",
        "It is dead.\n\nAnn\nCan you help?",
        "Switch one is dead.\n--\nSwitch two, serial 4711, is dead too.",
        "It is dead.\n\nPlease call Ann",
        "Ann Baker",
        "Sent from our warehouse last week, it never came back to life.",
        "This matter is confidential, and I will go to court if the refund does not come.",
        "Please excuse the delay. The unit came back.",
        "This e-mail is about a unit that we received in error, see the attachment. We are not liable for it, please take it back.",
    ] {
        assert_eq!(sorted("KVM", text).new_text, text, "{text}");
    }
}

#[test]
fn disclaimers_are_not_new() {
    for disclaimer in [
        "CONFIDENTIALITY NOTICE: The contents of this message and any attachments are confidential and may be legally privileged.",
        "This e-mail may contain confidential or privileged information. If you have received it in error, please return it to the sender and delete it.",
        "The information contained in this transmission is intended only for the person or entity to which it is addressed. Any disclosure is prohibited.",
        "Diese E-Mail enthält vertrauliche und/oder rechtlich geschützte Informationen. Wenn Sie nicht der richtige Adressat sind, löschen Sie sie.",
        "Ce message et ses pièces jointes sont confidentiels et destinés exclusivement au destinataire. Toute diffusion est interdite.",
        "Este mensaje es confidencial y se dirige exclusivamente a su destinatario. Si lo ha recibido por error, elimínelo.",
        "NOTICE: Unauthorized review or disclosure may result in criminal penalties and court proceedings.\nIf you are not the intended recipient, return it.",
        "Internet communications are not secure. Acme accepts no liability for viruses. Views expressed are the author's; disclosure by others than the addressee is prohibited.",
        "This message is intended\nsolely for the addressee and may be\nprivileged. Do not return it, cancel it or\ntake it to court; delete it.",
    ] {
        for signature in ["", "Ann Baker\nAcme\n\n", "Ann Baker\nAcme\n"] {
            let words = sorted("KVM", &format!("It is dead.\n\n{signature}{disclaimer}\n"));
            assert_eq!(words.new_text, "It is dead.", "{signature}{disclaimer}");
            assert!(words.signature.ends_with(disclaimer), "{disclaimer}");
        }
    }
}

#[test]
fn footers_of_lists_are_not_new() {
    for footer in [
        "_______________________________________________\nav mailing list\nav@lists.example",
        "-- \nYou received this message because you are subscribed to the Google Groups \"av\" group.",
        "----\nTo unsubscribe, send a mail to x@lists.example",
    ] {
        let words = sorted("[av] KVM", &format!("It is dead.\n\nAnn\n\n{footer}\n"));
        assert_eq!(words.new_text, "It is dead.", "{footer}");
    }
}

#[test]
fn forms_and_memos_are_new() {
    for text in [
        "TO: Returns\nFROM: Acme\nDATE: June 5\nSUBJECT: RMA\n\nOne switch is dead.",
        "From: Acme Ltd\nDate: June 5\nTo: Returns\nSubject: RMA\n\nOne switch is dead.",
        "RETURN REQUEST\n------------------------------\nCompany .... Acme\nSerial ..... 4711\n------------------------------",
        "Serial: 4711\nFrom: invoice 12\nReason: dead",
        "The label says:\n4711",
        "On Monday your colleague wrote:\nplease send the number.\nHere it is: 4711.",
    ] {
        assert_eq!(sorted("RMA", text).new_text, text, "{text}");
    }
}

#[test]
fn every_word_lands_somewhere() {
    let text = "Hello one\n\nOn June 9, 2026, Desk <support@vendor.example> wrote:\n> two\nthree\n\n-- \nAnn four\n\n\
                -----Original Message-----\nFrom: Bob five\nSent: x\nTo: y\nSubject: z\n\nsix\n> seven\n-- \neight\n";
    for subject in ["RE: x", "FW: x", "x"] {
        let words = sorted(subject, text);
        let all = [words.new_text, words.signature, words.quoted, words.forwarded].join("\n");
        for word in text.split_whitespace().filter(|word| word.chars().all(char::is_alphanumeric)) {
            assert_eq!(all.matches(word).count(), text.matches(word).count(), "{subject}: {word}");
        }
    }
}
