//! Web addresses in a stranger's words. What is repeated of them goes to whom the message said it was from, which may be
//! somebody who never wrote: nobody is to be sent a link in our name.

/// Whether some of the text is what mail programs make a link of: an address of the web or of mail, with or without its
/// scheme. File names and the seam of two sentences are none.
pub fn names_web_address(text: &str) -> bool {
    let pieces = text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-')));
    text.contains("://") || text.contains('@') || pieces.map(|piece| piece.trim_matches(['.', '-'])).any(is_host)
}

/// Labels with a top-level domain at their end, which has letters alone, or is spelt in ASCII (RFC 5890, section 2.3.2.1).
fn is_host(piece: &str) -> bool {
    let Some((domain, top)) = piece.rsplit_once('.') else { return false };
    let lower = top.to_lowercase();
    let is_top = lower.starts_with("xn--") || top.chars().count() >= 2 && top.chars().all(char::is_alphabetic);
    let is_word = top.chars().next().is_some_and(char::is_uppercase)
        && top.chars().skip(1).all(char::is_lowercase)
        && top.chars().count() > LONGEST_COMMON_TOP;
    let is_file = FILE_ENDINGS.contains(&lower.as_str());
    !domain.ends_with('.') && is_top && (is_www(domain) || !is_word && !is_file)
}

fn is_www(domain: &str) -> bool {
    domain.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www."))
}

/// `Evil.Info` may be one; `It broke.Please help` is none.
const LONGEST_COMMON_TOP: usize = 4;

/// None of them is a top-level domain.
const FILE_ENDINGS: &[&str] = &[
    "txt", "log", "pdf", "doc", "docx", "xls", "xlsx", "csv", "jpg", "jpeg", "png", "gif", "heic", "eml", "msg", "mp",
];

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
            "Refund:evil.example/pay",
            "Hi!www.evil.example",
            "order|evil.example",
            "see/evil.example",
            "dead switch evil.xn--p1ai",
            "evil.example\u{2026}now",
            "evil.example's",
            "Evil.Com",
            "www.evil.Example",
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
            "broken.Please help, see log.txt",
            "Dr.Smith",
            "J.Smith",
        ] {
            assert!(!names_web_address(text), "{text}");
        }
    }
}
