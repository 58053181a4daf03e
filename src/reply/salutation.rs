//! How a letter begins: by name where the sender's display name is a person's, else without one. A wrong name is worse
//! than none, so whatever looks like a desk, a company or a machine gets a plain "Hello,".

use super::characters::one_line;

/// "Hello Victor Evans," for a person, "Hello," for everybody else.
pub(super) fn greeting(display_name: Option<&str>) -> String {
    match display_name.and_then(personal_name) {
        Some(name) => format!("Hello {name},"),
        None => "Hello,".to_owned(),
    }
}

/// A person's name in the order in which it is spoken: `Evans, Victor` is Victor Evans. `None` where the text is not
/// clearly a person's name.
pub fn personal_name(display_name: &str) -> Option<String> {
    let bare = without_company(&one_line(display_name));
    let (spoken, turned) = match bare.split_once(',') {
        Some((name, title)) if is_suffix(title) => (name.to_owned(), false),
        Some((last, first)) => (format!("{} {}", first.trim(), last.trim()), true),
        None => (bare, false),
    };
    let words: Vec<&str> = spoken.split_whitespace().collect();
    let shouted = words.iter().any(|word| is_shouted(word)) && !spoken.chars().any(char::is_lowercase);
    if words.is_empty() || words.len() > 4 || spoken.chars().count() > 40 {
        return None;
    }
    if !words.iter().all(|word| is_name_part(word)) || (shouted && !turned) || particles_only(&words) {
        return None;
    }
    let written = words.iter().map(|word| if shouted { title_case(word) } else { (*word).to_owned() });
    Some(written.collect::<Vec<_>>().join(" "))
}

/// What stands before a company or a department that is added to the name: `Victor Evans (Acme)`, `Victor Evans | Acme`,
/// `Victor Evans via Helpdesk`, `Victor Evans @ Acme`; and without quotation marks around it all.
fn without_company(name: &str) -> String {
    let name = name.trim_matches(|c| matches!(c, '"' | '\'' | ' ' | '\u{201c}' | '\u{201d}' | '\u{2018}' | '\u{2019}'));
    let before = [" (", " [", " |", " /", " - ", " \u{2013} ", " via ", " at ", " @ "]
        .iter()
        .fold(name, |rest, mark| rest.split_once(mark).map_or(rest, |(before, _)| before));
    before.trim_matches(|c| matches!(c, '"' | '\'' | ' ')).to_owned()
}

fn is_suffix(title: &str) -> bool {
    let title: String = title.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    ["jr", "sr", "ii", "iii", "iv", "phd", "md", "mba", "esq", "pe", "cpa", "dds", "rn"].contains(&title.as_str())
}

/// A word of a name: letters with an apostrophe, a hyphen or a full stop among them, beginning with a capital where the
/// script has capitals; or a particle such as `van`.
fn is_name_part(word: &str) -> bool {
    let lower = word.to_lowercase();
    let plain = lower.trim_end_matches('.');
    let spelled = word.chars().all(|c| c.is_alphabetic() || matches!(c, '\'' | '\u{2019}' | '-' | '.'));
    let begins = word.chars().next().is_some_and(|first| first.is_alphabetic() && !first.is_lowercase());
    let personal = !plain.split('-').any(is_no_person) && !is_brand(word);
    spelled && personal && (begins || PARTICLES.contains(&plain))
}

/// A capital further inside than in `McDonald` or `VanHorn`: `RackWorld`.
fn is_brand(word: &str) -> bool {
    let characters: Vec<char> = word.chars().collect();
    characters
        .windows(2)
        .skip(3)
        .any(|pair| matches!(pair, [before, after] if before.is_lowercase() && after.is_uppercase()))
}

fn is_no_person(word: &str) -> bool {
    NOT_A_PERSON.split_whitespace().any(|other| other == word)
}

fn particles_only(words: &[&str]) -> bool {
    words.iter().all(|word| PARTICLES.contains(word))
}

/// Capitals throughout, as in `IT` or `EVANS`; a single initial is not.
fn is_shouted(word: &str) -> bool {
    let letters: Vec<char> = word.chars().filter(|c| c.is_alphabetic()).collect();
    letters.len() > 1 && letters.iter().all(|c| c.is_uppercase())
}

fn title_case(word: &str) -> String {
    let mut begins = true;
    let cased = word.chars().flat_map(|c| {
        let cased: Vec<char> = if begins { vec![c] } else { c.to_lowercase().collect() };
        begins = !c.is_alphabetic();
        cased
    });
    cased.collect()
}

const PARTICLES: &[&str] = &[
    "van", "von", "de", "der", "den", "del", "della", "di", "da", "dos", "das", "du", "la", "le", "al", "el", "bin",
    "ibn", "ten", "ter", "zu", "zur", "y", "e", "san", "st", "af", "av",
];

/// Words of desks, companies, roles and machines.
const NOT_A_PERSON: &str = "\
    accounting accounts admin administration administrator agency ap assistant associates av billing bot buyer \
    center centre church city co college company contact corp corporation county customer customers dept department \
    desk desktop device director district division engineer engineering facilities finance front gmbh group hardware \
    help helpdesk hospital hotel inc incorporated info information infrastructure internet it lab laboratories labs \
    library limited llc llp logistics ltd mail mailer mailbox manager marketing me media my netops network \
    networking networks no noc noreply notification notifications office operations operator ops orders payable \
    plant procurement production purchasing receiving reception repair reply returns rma robot sales scanner school \
    security server service services shipping shop sir solutions staff store studio studios supply support sysadmin \
    system systems team tech technical technician technologies technology test the university unknown user warehouse \
    webmaster workshop";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persons_are_greeted_by_name() {
        for (display, spoken) in [
            ("Victor Evans", "Victor Evans"),
            ("Evans, Victor", "Victor Evans"),
            ("EVANS, VICTOR J.", "Victor J. Evans"),
            ("\"Evans, Victor\"", "Victor Evans"),
            ("Victor Evans, PhD", "Victor Evans"),
            ("Victor Evans (Purchasing)", "Victor Evans"),
            ("Victor Evans | Acme Labs", "Victor Evans"),
            ("'Victor Evans' via Support", "Victor Evans"),
            ("Ingrid O'Connor", "Ingrid O'Connor"),
            ("Tomás Reyes", "Tomás Reyes"),
            ("Anne-Marie van der Berg", "Anne-Marie van der Berg"),
            ("Dr. Wei Lindqvist", "Dr. Wei Lindqvist"),
            ("Brenda W", "Brenda W"),
            ("Ronan McDonald", "Ronan McDonald"),
            ("Hannah", "Hannah"),
            ("山田太郎", "山田太郎"),
            ("  Julia\t Schmidt ", "Julia Schmidt"),
        ] {
            assert_eq!(personal_name(display).as_deref(), Some(spoken), "{display}");
        }
    }

    #[test]
    fn desks_companies_and_machines_are_not() {
        for display in [
            "IT Desk",
            "purchasing",
            "Purchasing",
            "ACME",
            "ACME LOGISTICS",
            "RackWorld Weekly",
            "Accounts Payable",
            "frag",
            "xx_fragmaster_xx",
            "victor.evans@vendor.example",
            "Brightwater Research Inc.",
            "Acme, Inc.",
            "Front Desk",
            "User 42",
            "INV-20130",
            "",
            " , ",
            "<script>alert(1)</script>",
            "van der",
            "No-Reply",
            "One Two Three Four Five",
            "Help Desk Team",
            "1337",
        ] {
            assert_eq!(personal_name(display), None, "{display}");
        }
    }

    #[test]
    fn a_greeting_never_holds_what_is_no_name() {
        assert_eq!(greeting(Some("Evans, Victor")), "Hello Victor Evans,");
        assert_eq!(greeting(Some("Bcc: all@corp.example\r\nHello")), "Hello,");
        assert_eq!(greeting(None), "Hello,");
    }
}
