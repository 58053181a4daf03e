//! Every letter as it leaves the house: snapshots of each variant, and what must hold for all of them.

pub mod samples;

use std::collections::BTreeSet;

use proptest::prelude::*;
use regex::Regex;
use rmad::reply::*;

#[test]
fn every_letter_reads_as_its_snapshot() {
    for (name, letter) in letters() {
        insta::assert_snapshot!(format!("{name}.txt"), format!("Subject: {}\n\n{}", letter.subject, letter.text));
        insta::assert_snapshot!(format!("{name}.html"), letter.html);
    }
}

#[test]
fn text_and_html_say_the_same() {
    for (name, letter) in letters() {
        assert_eq!(words_of_text(&letter.text), words_of_html(&letter.html), "{name}");
    }
}

#[test]
fn no_letter_shows_how_it_was_made() {
    for (name, letter) in letters() {
        for page in [&letter.subject, &letter.text, &letter.html] {
            for slip in
                ["None", "Some(", "{{", "}}", "{%", "()", " ,", " .", "  ;", "..", "Decimal", "&amp;#", "&#38;#"]
            {
                assert!(!page.contains(slip), "{name} holds {slip:?}:\n{page}");
            }
        }
    }
}

#[test]
fn text_fits_its_lines() {
    for (name, letter) in letters() {
        assert_narrow(&letter.text, &name);
        assert!(!letter.text.lines().any(|line| line.ends_with(' ')), "{name}");
        assert!(!letter.text.contains("\n\n\n"), "{name}");
    }
}

#[test]
fn html_loads_nothing_and_sets_no_colors_of_its_own() {
    for (name, letter) in letters() {
        for foreign in ["<img", "<script", "<link", "url(", "background", " color:", "javascript:"] {
            assert!(!letter.html.contains(foreign), "{name} holds {foreign}");
        }
    }
}

#[test]
fn the_html_links_the_clauses_that_the_letter_cites() {
    let link = Regex::new(r#"<a href="https://www\.northwind\.example/returns#([^"]+)">"#).unwrap();
    for (name, letter) in samples::all() {
        let html = render(&letter, &samples::vendor(), "Broken", None).html;
        let linked: BTreeSet<&str> = link.captures_iter(&html).map(|found| found.extract::<1>().1[0]).collect();
        let cited: BTreeSet<&str> = letter.cited().into_iter().map(|clause| clause.id.as_str()).collect();
        assert_eq!(linked, cited, "{name}");
    }
}

#[test]
fn a_vendor_without_policy_page_and_address_still_gets_whole_letters() {
    let vendor = Vendor { policy_url: None, returns_address: vec![], ..samples::vendor() };
    let clauses =
        vec![ClauseLine::new(&vendor, "warranty.start", "Warranty date", "The term starts on the invoice date.")];
    let unit = samples::authorized(Grant::RepairOrReplacement);
    let letter = RmaIssued { clauses, terms: vec![], ..samples::rma(vec![unit]) };
    let rendered = render(&Reply::RmaIssued(letter), &vendor, "Broken", None);
    insta::assert_snapshot!("bare_vendor.txt", rendered.text);
    insta::assert_snapshot!("bare_vendor.html", rendered.html);
}

#[test]
fn a_stranger_learns_nothing_from_our_words() {
    let vendor = samples::vendor();
    let reply = Reply::SenderNotOnOrder(SenderNotOnOrder);
    let plain = render(&reply, &vendor, "INV-20130", Some("Victor Evans"));
    for (subject, name) in
        [("RMA for INV-99999", None), ("", Some("UD142304-01799")), ("Re: [C-10001] mine", Some("Evans, Victor"))]
    {
        assert_eq!(render(&reply, &vendor, subject, name), plain);
    }
}

proptest! {
    #[test]
    fn a_strangers_words_stay_words(subject in hostile(), name in hostile(), number in hostile(), typed in hostile()) {
        for (reply, tame) in with_words(&number, &typed).iter().zip(with_words("X-1", "Y-2")) {
            let letter = render(reply, &samples::vendor(), &subject, Some(&name));
            assert_one_safe_line(&letter.subject);
            assert_narrow(&letter.text, letter.template);
            let tame = render(&tame, &samples::vendor(), "Broken", None);
            prop_assert_eq!(tags(&letter.html), tags(&tame.html));
            for page in [&letter.subject, &letter.text, &letter.html] {
                prop_assert!(!page.chars().any(is_mark), "{}", page);
            }
        }
    }

    #[test]
    fn staff_read_a_strangers_words_as_words(subject in hostile(), name in hostile(), typed in hostile()) {
        for (reply, tame) in to_staff(&subject, &name, &typed).iter().zip(to_staff("Broken", "Victor", "X-1")) {
            let (letter, tame) = (unheaded(reply), unheaded(&tame));
            prop_assert!(letter.subject.starts_with("[rmad] ") && letter.subject.chars().count() <= 120);
            assert_narrow(&letter.text, letter.template);
            prop_assert_eq!(tags(&letter.html), tags(&tame.html));
            for page in [&letter.subject, &letter.text, &letter.html] {
                prop_assert!(!page.chars().any(is_mark), "{}", page);
            }
        }
    }

    #[test]
    fn a_value_adds_no_line_to_the_text(typed in "[a-z\r\n\u{2028}\u{85}\0]{1,12}") {
        let lines = |value: &str| {
            let letter = &with_words("X-1", value)[0];
            render(letter, &samples::vendor(), "Broken", None).text.lines().count()
        };
        prop_assert_eq!(lines(&typed), lines("aaaa"));
    }
}

fn letters() -> Vec<(String, Rendered)> {
    let render = |reply| render(&reply, &samples::vendor(), "RE: One bad switch", Some("Evans, Victor"));
    samples::all().into_iter().map(|(name, reply)| (name, render(reply))).collect()
}

fn render(reply: &Reply, vendor: &Vendor, subject: &str, sender_name: Option<&str>) -> Rendered {
    reply.render(&Heading { vendor, case_number: "C-10023", subject, sender_name }).unwrap()
}

/// What somebody might write who would like to write our mail for us.
fn hostile() -> impl Strategy<Value = String> {
    let nasty = prop_oneof![
        Just("\r\nBcc: all@corp.example\r\n\r\n".to_owned()),
        Just("<script>alert(1)</script>".to_owned()),
        Just("\"><a href=javascript:alert(1) onmouseover='x'>".to_owned()),
        Just("&lt;b&gt;".to_owned()),
        Just("\u{202e}live\u{2066}\u{200f}\u{feff}".to_owned()),
        Just("{{ it }} {% if %}".to_owned()),
        Just("=?utf-8?q?=0D=0A?=".to_owned()),
        Just("\0\u{1b}[31m\u{2028}\u{85}".to_owned()),
        Just("Re: [C-1] Fwd:".to_owned()),
        "[A-Z]{0,300}",
        "\\PC{0,40}",
    ];
    prop::collection::vec(nasty, 0..5).prop_map(|parts| parts.concat())
}

/// Letters in which a customer's own words appear.
fn with_words(number: &str, typed: &str) -> Vec<Reply> {
    let correction = Correction { detail: Detail::SerialNumber, recorded: number.to_owned(), typed: typed.to_owned() };
    let record = Record { corrections: vec![correction], from_order: vec![] };
    let named = NamedUnit { serial_number: Some(number.to_owned()), record: record.clone(), ..samples::named() };
    let mismatch = Mismatch::SerialNotOnInvoice { serial_number: number.to_owned(), invoice_number: typed.to_owned() };
    let unit = Unit { title: number.to_owned(), record, ..samples::switch() };
    vec![
        Reply::RmaIssued(samples::rma(vec![AuthorizedUnit { unit, ..samples::authorized(Grant::Return) }])),
        Reply::PackageReceived(samples::life::package(typed, number)),
        Reply::DetailsRequested(DetailsRequested {
            purpose: Purpose::Return,
            understood: Understood { units: vec![named], ..Understood::default() },
            mismatches: vec![mismatch],
            requests: vec![DetailRequest { detail: Detail::PartNumber, count: 2, unit: Some(typed.to_owned()) }],
            clauses: vec![],
            asides: vec![],
        }),
    ]
}

/// Mails to staff in which a customer's own words appear.
fn to_staff(subject: &str, name: &str, typed: &str) -> Vec<Reply> {
    let mut digest = samples::staff::digest();
    for thread in &mut digest.flagged.oldest {
        (thread.subject, thread.customer) = (format!("About {subject}"), name.to_owned());
    }
    for mail in &mut digest.undelivered.oldest {
        (mail.subject, mail.recipient, mail.why) = (subject.to_owned(), name.to_owned(), typed.to_owned());
    }
    let threads =
        digest.flagged.oldest.clone().into_iter().map(|thread| Reply::StaffEscalation(StaffEscalation { thread }));
    threads.chain([Reply::StaffDigest(digest.clone())]).collect()
}

/// A mail to staff, as it is written whatever stands in the heading.
fn unheaded(reply: &Reply) -> Rendered {
    let vendor = samples::vendor();
    reply.render(&Heading { vendor: &vendor, case_number: "", subject: "", sender_name: None }).unwrap()
}

fn assert_one_safe_line(subject: &str) {
    assert!(!subject.chars().any(char::is_control), "{subject:?}");
    assert!(subject.chars().count() <= 120, "{subject}");
    assert!(subject.ends_with(" [C-10023]") && subject.matches("[C-1").count() == 1, "{subject}");
}

fn assert_narrow(text: &str, name: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= 76 || line.contains("://"), "{name}: {line}");
    }
}

/// Whatever stands between `<` and the next `>`, in order.
fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).map(|tag| tag.split('>').next().unwrap()).collect()
}

/// Characters that turn the direction of writing, or that show nothing.
fn is_mark(c: char) -> bool {
    let (zero_width, turning) = ('\u{200b}'..='\u{200f}', '\u{202a}'..='\u{202e}');
    zero_width.contains(&c) || turning.contains(&c) || (c.is_control() && c != '\n')
}

/// The words, without the web addresses: in HTML they stand in the links.
fn words_of_text(text: &str) -> Vec<String> {
    let words = text.split_whitespace().filter(|word| !word.contains("://"));
    words.map(bare).filter(|word| !word.is_empty()).collect()
}

fn words_of_html(html: &str) -> Vec<String> {
    let body = html.split("<body").nth(1).unwrap();
    let shown: String = body
        .split('<')
        .map(|tag| tag.split_once('>').map_or("", |(_, words)| words))
        .flat_map(|words| [words, " "])
        .collect();
    let read = [("&#60;", "<"), ("&#62;", ">"), ("&#39;", "'"), ("&#34;", "\""), ("&#38;", "&")]
        .iter()
        .fold(shown, |page, (reference, character)| page.replace(reference, character));
    words_of_text(&read)
}

fn bare(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}
