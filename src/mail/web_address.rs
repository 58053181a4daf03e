//! Web addresses in a stranger's words. What is repeated of them goes to whom the message said it was from, which may be
//! somebody who never wrote: nobody is to be sent a link in our name.

/// Whether one of the words is what mail programs make a link of: an address of the web or of mail, with or without its
/// scheme.
pub fn names_web_address(text: &str) -> bool {
    text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '"' | ',' | ';')).any(is_web_address)
}

fn is_web_address(word: &str) -> bool {
    let host = word.rsplit('@').next().unwrap_or_default();
    let host = host.split(['/', '?', '#', ':']).next().unwrap_or_default().trim_matches(|c: char| !c.is_alphanumeric());
    let Some((domain, top)) = host.rsplit_once('.') else { return word.contains("://") };
    let is_label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    let is_host = domain.split('.').all(is_label) && top.chars().count() >= 2 && top.chars().all(char::is_alphabetic);
    is_host || word.contains("://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_known() {
        for text in [
            "win at http://evil.example/buy now",
            "hxxp://evil",
            "see www.evil.example",
            "(evil.example)",
            "evil.example/4411",
            "https://203.0.113.9/x",
            "ask pay@evil.example",
            "EVIL.EXAMPLE:8080/x",
            "<evil.example?q=1>",
            "b\u{fc}cher.example",
        ] {
            assert!(names_web_address(text), "{text}");
        }
    }

    #[test]
    fn numbers_and_sentences_are_none() {
        for text in [
            "",
            "RMA for UD-14PLUS, S/N UD142204-00049",
            "24/00391-B",
            "HX.4K-4/DP",
            "firmware 2.1.7: dead. Again",
            "a.m. or p.m.?",
            "0050078.61",
            "Re: Re: question",
            "v1.2b",
            "broken...",
        ] {
            assert!(!names_web_address(text), "{text}");
        }
    }
}
