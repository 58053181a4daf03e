//! The policy file: the one that ships, another vendor's, and every fault with its line and remedy.

use jiff::civil::date;

use super::*;

fn shipped() -> Policy {
    Policy::parse(Policy::default_text()).unwrap()
}

#[test]
fn the_policy_that_ships_is_whole() {
    let policy = shipped();
    assert_eq!(policy.effective_from, date(2026, 1, 1));
    assert_eq!((policy.windows.refund.days, policy.windows.doa.days, policy.windows.rma.days), (15, 7, 14));
    for cited in clause::CITED {
        let clause = policy.clause(cited).unwrap();
        assert!(!clause.title.is_empty() && !clause.text.contains(['{', '}']), "{cited}");
    }
    for (product_line, years) in
        [("kvm_switch", 3), ("streamline_console", 1), ("video_switch", 1), ("extender", 1), ("video_splitter", 1)]
    {
        assert_eq!(policy.warranty(product_line).unwrap().0, Term::Lasting { months: years * 12, days: 0 });
    }
    assert_eq!(policy.warranty("premium_cable").unwrap().0, Term::Lifetime);
    assert_eq!(policy.warranty("video_splitter").unwrap().1, &ClauseId::new("warranty.extender-splitter"));
    assert_eq!(policy.warranty("keyboard"), None);
    assert_eq!(policy.clause(&ClauseId::new("no.such")), None);
}

#[test]
fn figures_are_filled_in_and_stand_once() {
    let policy = shipped();
    let clause = |id: &ClauseId| policy.clause(id).unwrap();
    assert_eq!(clause(&clause::RETURN_DOMESTIC).title, "15-day guarantee");
    assert!(clause(&clause::FEE_PROCESSING_INTERNATIONAL).text.contains("4.9%"));
    assert!(clause(&clause::FEE_INTERNATIONAL_WIRE).text.contains("USD 50.00"));
    assert!(clause(&ClauseId::new("warranty.kvm-switch")).text.contains("3 years"));
    let words = Policy::default_text().lines().filter(|line| line.starts_with("title") || line.starts_with("text"));
    for sentence in words {
        assert!(!sentence.contains(|c: char| c.is_ascii_digit()), "a figure stands in a sentence: {sentence}");
    }
}

/// The policy that ships, with one text put for another.
fn edited(old: &str, new: &str) -> String {
    assert!(Policy::default_text().contains(old), "{old}");
    Policy::default_text().replacen(old, new, 1)
}

fn line_of(text: &str, words: &str) -> usize {
    let holds = |line: &str| line.contains(words) && (words.starts_with('#') || !line.starts_with('#'));
    1 + text.lines().position(holds).unwrap()
}

#[test]
fn another_vendors_figures_lines_and_sentences_need_no_code() {
    let text = edited("refund = { days = 15", "refund = { days = 30")
        .replace("processing_domestic_percent = 2.9 ", "processing_domestic_percent = 3.25")
        .replace("\"kvm_switch\"\nterm = \"3 years\"", "\"laser_printer\"\nterm = \"90 days\"")
        .replace("KVM switches carry a warranty of", "Printers are covered for");
    let policy = Policy::parse(&text).unwrap();
    assert_eq!(policy.clause(&clause::RETURN_DOMESTIC).unwrap().title, "30-day guarantee");
    assert!(policy.clause(&clause::FEE_PROCESSING_DOMESTIC).unwrap().text.contains("3.25%"));
    let (term, id) = policy.warranty("laser_printer").unwrap();
    assert_eq!(term, Term::Lasting { months: 0, days: 90 });
    assert_eq!(policy.clause(id).unwrap().text, "Printers are covered for 90 days.");
    assert_eq!(policy.warranty("kvm_switch"), None);
}

const REFUND: &str = "{ days = 15, from = \"receipt\" }";
const RMA: &str = "{ days = 14, from = \"issue\" }";

/// What is put for what, where the fault is reported, and words of what is wrong and of the remedy.
const FAULTS: &[(&str, &str, &str, &str, &str)] = &[
    ("\nrefund =", "\nrefnd =", "refnd =", "unknown key `refnd`", "did you mean `refund`?"),
    ("\nrefund =", "\nrefnd =", "[windows]", "has no `refund`", "add `refund`, a window such as { days = 14, from = "),
    ("\nrma =", "\n#rma =", "[windows]", "windows has no `rma`", "add `rma`, a window such as"),
    (RMA, "{ days = 0, from = \"issue\" }", "rma =", "`days` of rma is 0", "from 1 to 3650"),
    (RMA, "{ days = 14.5, from = \"issue\" }", "rma =", "is 14.5", "a whole number"),
    (RMA, "{ days = \"14\", from = \"issue\" }", "rma =", "is \"14\"", "a whole number"),
    (RMA, "{ from = \"issue\" }", "rma =", "rma has no `days`", "add `days`, a whole number"),
    (RMA, "{ days = 14, form = \"issue\" }", "rma =", "rma has an unknown key `form`", "did you mean `from`?"),
    (RMA, "14", "rma =", "`rma` of windows is 14", "give a window such as { days = 14, from = \"issue\" }"),
    (RMA, "{ days = 14 }", "rma =", "rma has no `from`", "add `from`, \"issue\""),
    (RMA, "{ days = 14, from = \"receipt\" }", "rma =", "`from` of rma is \"receipt\"", "give \"issue\""),
    (REFUND, "{ days = 15 }", "refund =", "refund has no `from`", "add `from`, \"receipt\" or \"shipping\""),
    (REFUND, "{ days = 15, from = \"issue\" }", "refund =", "`from` of refund is \"issue\"", "give \"receipt\" or"),
    ("restocking_percent = 15", "restocking_percent = 115", "restocking_percent = 115", "is 115", "from 0 to 100"),
    ("processing_domestic_percent = 2.9", "processing_domestic_percent = -2.9", "= -2.9", "is -2.9", "from 0 to 100"),
    ("processing_domestic_percent = 2.9", "processing_domestic_percent = nan", "= nan", "is nan", "from 0 to 100"),
    ("wire_fee = 50.00", "wire_fee = -1", "wire_fee = -1", "is -1", "an amount of money"),
    ("wire_fee = 50.00", "wire_fee = 50.005", "wire_fee = 50.005", "is 50.005", "an amount of money"),
    ("effective_from = 2026-01-01", "effective_from = \"1 May\"", "1 May", "is \"1 May\"", "a date such as"),
    ("effective_from = 2026-01-01", "effective_from = 2026-02-30", "2026-02-30", "not TOML: invalid date", "correct"),
    ("effective_from = 2026-01-01", "", "# The returns", "has no `effective_from`", "add `effective_from`"),
    ("version = \"2026-01\"", "version = \" \"", "version = \" \"", "`version`", "a text in quotes"),
    ("\n[fees]", "\n[fee]", "[fee]", "unknown key `fee`", "did you mean `fees`?"),
    ("\n[fees]", "\n[shipping]", "[shipping]", "unknown key `shipping`", "use one of: version, "),
    ("term = \"3 years\"", "term = \"3\"", "term = \"3\"", "\"3\" is not a warranty term", "\"lifetime\""),
    (
        "clause = \"warranty.kvm-switch\"",
        "clause = \"warranty.kvm-swich\"",
        "clause = \"warranty.kvm-swich\"",
        "`kvm_switch` names the clause `warranty.kvm-swich`, which is not there",
        "did you mean `warranty.kvm-switch`?",
    ),
    ("\"video_splitter\"", "\"extender\" # again", "# again", "a second warranty", "keep one"),
    (
        "id = \"rma.required\"",
        "id = \"rma.requested\"",
        "# The returns",
        "no clause `rma.required`, which a rule cites",
        "id = \"rma.required\"",
    ),
    (
        "id = \"rma.required\"",
        "id = \"rma.requierd\"",
        "id = \"rma.requierd\"",
        "no rule and no [[warranty]] cites the clause `rma.requierd`",
        "did you mean `rma.required`?",
    ),
    (
        "id = \"warranty.premium-cable\"",
        "id = \"gift.wrapping\"",
        "id = \"gift.wrapping\"",
        "cites the clause `gift.wrapping`",
        "name it in a [[warranty]], or remove it",
    ),
    ("id = \"doa.7-days\"", "id = \"rma.required\" # again", "# again", "a second clause `rma.required`", "remove it"),
    ("within {rma_days}", "within {rma_day}", "{rma_day}", "names a figure `rma_day`", "did you mean `rma_days`?"),
    ("within {rma_days}", "within {rma_days", "within {rma_days ", "is not closed", "close it"),
    (
        "within {rma_days}",
        "within {term}",
        "within {term}",
        "but no [[warranty]] names the clause",
        "take {term} out of it",
    ),
    (
        "\"extender\"
term = \"1 year\"",
        "\"extender\"
term = \"2 years\"",
        "text = \"Extenders",
        "with 1 year and with 2 years",
        "a clause of its own",
    ),
    ("title = \"Packing\"", "title = 3", "title = 3", "`title` of clause is 3", "a text in quotes"),
    (
        "[[clause]]\nid = \"return.original-packaging\"\ntitle = \"Packing\"",
        "[[clause]] # untitled\nid = \"return.original-packaging\"",
        "# untitled",
        "has no `title`",
        "add `title`",
    ),
    ("\n[windows]", "\n[windows", "[windows", "not TOML", "correct the line"),
];

#[test]
fn every_fault_is_named_with_its_line_and_remedy() {
    for (old, new, at, what, remedy) in FAULTS {
        let text = edited(old, new);
        let faults = Policy::parse(&text).unwrap_err();
        let named = faults.iter().find(|fault| fault.what.contains(what) && fault.remedy.contains(remedy));
        let Some(named) = named else { panic!("{old} -> {new}: {faults:#?}") };
        assert_eq!(named.line, line_of(&text, at), "{old} -> {new}: {named:?}");
    }
}
