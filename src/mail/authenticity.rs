//! Whether the receiving server vouches for the sender: its own Authentication-Results (RFC 8601), and no other's.

use super::Authenticity;
use super::header::Fields;
use super::text::at_most;

/// The version of the field and of every method that is known here (RFC 8601, sections 2.2 and 2.6).
const VERSION: &str = "1";
/// A field may tell of hundreds of signatures.
const LONGEST_RECORD: usize = 200;
/// So many results are believed; no server writes more.
const MOST_RESULTS: usize = 200;

/// The verdict on the message's From domain, by the fields of the trusted servers alone, and what they are, for the record;
/// `None` where they say nothing about DMARC, DKIM or SPF.
///
/// DMARC decides; where it is silent, SPF and DKIM must both fail to condemn, and one that passes for the domain of the
/// From field is enough to vouch. Where several senders are named none of them is the one who wrote (RFC 7489,
/// section 6.6.1).
pub(super) fn verdict(fields: &Fields, authserv_ids: &[String]) -> (Authenticity, Option<String>) {
    let trusted = trusted_results(fields, authserv_ids);
    let results = &trusted.results;
    let has = |method: &str, such: &[&str]| {
        results.iter().any(|found| found.method == method && such.contains(&found.result.as_str()))
    };
    // a message may bear several signatures; one that holds is enough
    let dkim_fails = has("dkim", &["fail"]) && !has("dkim", &["pass"]);
    let fails = has("dmarc", &["fail"]) || (dkim_fails && has("spf", &["fail", "hardfail"]));
    let domain = fields.from().first().and_then(|from| from.address.rsplit_once('@')).map(|(_, domain)| domain);
    let vouched = |domain: &str| results.iter().any(|found| found.vouches_for(domain));
    let verdict = match domain {
        _ if fails || fields.names_several_senders() => Authenticity::Fail,
        Some(domain) if vouched(domain) => Authenticity::Pass,
        _ => Authenticity::None,
    };
    let several = fields.names_several_senders().then(|| "From names several senders".to_owned());
    (verdict, several.or_else(|| trusted.record()))
}

/// What our servers wrote.
#[derive(Default)]
struct Trusted {
    /// Who wrote the topmost field.
    authserv_id: Option<String>,
    results: Vec<MethodResult>,
}

impl Trusted {
    /// `mx.vendor.example: dmarc=pass, dkim=pass`, by the methods that can decide.
    fn record(&self) -> Option<String> {
        let decisive = self.results.iter().filter(|found| ["dmarc", "dkim", "spf"].contains(&found.method.as_str()));
        let told: Vec<String> = decisive.map(|found| format!("{}={}", found.method, found.result)).collect();
        let server = self.authserv_id.as_ref().filter(|_| !told.is_empty())?;
        Some(at_most(&format!("{server}: {}", told.join(", ")), LONGEST_RECORD).to_owned())
    }
}

/// What a server found out by one method (RFC 8601, section 2.2, `resinfo`).
#[derive(Debug, Clone, PartialEq, Eq)]
struct MethodResult {
    /// `spf`, `dkim`, `dmarc`, ... in lower case.
    method: String,
    result: String,
    /// `ptype.property` and value, in lower case.
    properties: Vec<(String, String)>,
}

impl MethodResult {
    fn property(&self, name: &str) -> Option<&str> {
        self.properties
            .iter()
            .find(|(known, value)| known == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    fn vouches_for(&self, from_domain: &str) -> bool {
        if self.result != "pass" {
            return false;
        }
        let vouched = match self.method.as_str() {
            "dmarc" => self.property("header.from").or(Some(from_domain)),
            "dkim" => self.property("header.d").or_else(|| self.property("header.i")),
            "spf" => self.property("smtp.mailfrom").or_else(|| self.property("smtp.helo")),
            _ => None,
        };
        vouched.is_some_and(|vouched| are_aligned(domain_of(vouched), from_domain))
    }
}

/// The domain of a property's value: an address, with or without angle brackets, or a domain.
fn domain_of(value: &str) -> &str {
    value.rsplit('@').next().unwrap_or(value).trim_matches(['<', '>', '.'])
}

/// Relaxed alignment (RFC 7489, section 3.1): one domain is the other, or lies below it.
fn are_aligned(one: &str, other: &str) -> bool {
    let lies_below = |below: &str, above: &str| {
        above.contains('.') && below.strip_suffix(above).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    lies_below(one, other) || lies_below(other, one)
}

/// The results of the topmost run of our servers' fields.
///
/// Servers stack fields on top, so what we wrote stands above all that a stranger could write; the run ends at the first
/// field that is not a trace field, at a Received of another domain's server and at another server's results.
/// RFC 8601, section 5 has our server remove fields that claim its name; where two fields tell of one method the upper one
/// counts.
fn trusted_results(fields: &Fields, authserv_ids: &[String]) -> Trusted {
    let mut trusted = Trusted::default();
    for (name, value) in fields.topmost_first() {
        match name {
            "authentication-results" => {
                let field = parse(value);
                if field
                    .as_ref()
                    .is_some_and(|field| authserv_ids.iter().any(|ours| ours.eq_ignore_ascii_case(&field.authserv_id)))
                {
                    trusted.add(field);
                } else if trusted.authserv_id.is_some() {
                    break;
                }
            }
            "received" if !is_received_by(value, authserv_ids) => break,
            name if !is_trace(name) => break,
            _ => {}
        }
    }
    trusted
}

impl Trusted {
    fn add(&mut self, field: Option<Field>) {
        let Some(field) = field else { return };
        self.authserv_id.get_or_insert(field.authserv_id);
        let known: Vec<String> = self.results.iter().map(|known| known.method.clone()).collect();
        self.results.extend(field.results.into_iter().filter(|new| !known.contains(&new.method)));
        self.results.truncate(MOST_RESULTS);
    }
}

/// Fields that servers add while they pass a message on.
fn is_trace(name: &str) -> bool {
    const TRACE: &[&str] = &["received", "return-path", "delivered-to", "received-spf", "envelope-to", "delivery-date"];
    TRACE.contains(&name) || name.starts_with("x-") || name.starts_with("arc-")
}

/// Whether a Received field was written by a server of a trusted server's domain, or of one that names itself by number.
fn is_received_by(value: &str, authserv_ids: &[String]) -> bool {
    let mut words = value.split_whitespace().skip_while(|word| !word.eq_ignore_ascii_case("by")).skip(1);
    let Some(host) = words.next().map(|host| host.trim_end_matches([';', '.']).to_lowercase()) else {
        return true;
    };
    let is_name =
        host.contains('.') && host.rsplit('.').next().is_some_and(|last| last.starts_with(char::is_alphabetic));
    !is_name || authserv_ids.iter().any(|ours| organisation(&ours.to_lowercase()) == organisation(&host))
}

fn organisation(host: &str) -> Vec<String> {
    host.rsplit('.').take(2).map(str::to_owned).collect()
}

/// One field (RFC 8601, section 2.2).
struct Field {
    /// In lower case.
    authserv_id: String,
    results: Vec<MethodResult>,
}

/// A word of the field: a token or a quoted string.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Equals,
}

/// `None` where the field names no server, or is of a version that is not known here.
fn parse(value: &str) -> Option<Field> {
    let mut segments = segments(value).into_iter();
    let (authserv_id, version) = match segments.next()?.as_slice() {
        [Token::Word(id)] => (id.to_lowercase(), None),
        [Token::Word(id), Token::Word(version)] => (id.to_lowercase(), Some(version.clone())),
        _ => return None,
    };
    let is_known = version.is_none_or(|version| version == VERSION);
    is_known.then(|| Field { authserv_id, results: segments.filter_map(|tokens| method_result(&tokens)).collect() })
}

/// `method [/version] = result` and then `reason = value` and `ptype.property = value`. `None` for `none`, which says
/// that nothing was checked, for what is garbled, and for a version of the method that is not known here.
fn method_result(tokens: &[Token]) -> Option<MethodResult> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut name = String::new();
    let mut tokens = tokens.iter();
    while let Some(token) = tokens.next() {
        match token {
            Token::Word(part) => name.push_str(&part.to_lowercase()),
            Token::Equals => {
                let value = tokens.next().and_then(Token::word).unwrap_or_default().to_lowercase();
                pairs.push((std::mem::take(&mut name), value));
            }
        }
    }
    let mut pairs = pairs.into_iter();
    let (method, result) = pairs.next()?;
    let (method, version) = method.split_once('/').unwrap_or((&method, VERSION));
    let is_known = version == VERSION && !method.is_empty() && !result.is_empty();
    is_known.then(|| MethodResult { method: method.to_owned(), result, properties: pairs.collect() })
}

impl Token {
    fn word(&self) -> Option<&str> {
        match self {
            Token::Word(word) => Some(word),
            Token::Equals => None,
        }
    }
}

/// The field's words in segments between `;`. Comments are left out, quoted strings are one word, `=` is a token unless it
/// stands within a value.
fn segments(value: &str) -> Vec<Vec<Token>> {
    let mut segments = Segments::default();
    let mut comment_depth = 0_usize;
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if comment_depth > 0 => drop(chars.next()),
            '(' => {
                segments.end_word();
                comment_depth += 1;
            }
            ')' if comment_depth > 0 => comment_depth -= 1,
            _ if comment_depth > 0 => {}
            '"' => {
                while let Some(quoted) = chars.next().filter(|c| *c != '"') {
                    segments.word.extend(if quoted == '\\' { chars.next() } else { Some(quoted) });
                }
            }
            ';' => segments.end_segment(),
            '=' if !segments.in_value || segments.word.is_empty() => segments.add_equals(),
            c if c.is_whitespace() => segments.end_word(),
            other => segments.word.push(other),
        }
    }
    segments.end_segment();
    segments.done
}

#[derive(Default)]
struct Segments {
    done: Vec<Vec<Token>>,
    tokens: Vec<Token>,
    word: String,
    in_value: bool,
}

impl Segments {
    fn end_word(&mut self) {
        if !self.word.is_empty() {
            self.tokens.push(Token::Word(std::mem::take(&mut self.word)));
            self.in_value = false;
        }
    }

    fn add_equals(&mut self) {
        self.end_word();
        self.tokens.push(Token::Equals);
        self.in_value = true;
    }

    fn end_segment(&mut self) {
        self.end_word();
        self.in_value = false;
        self.done.push(std::mem::take(&mut self.tokens));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::header::parse as header;

    fn verdict_of(text: &str) -> Authenticity {
        let ours = ["mx.vendor.example".to_owned(), "relay.vendor.example".to_owned()];
        verdict(&header(text).unwrap(), &ours).0
    }

    /// A message's header as the vendor's server leaves it, with these results.
    fn received(results: &str) -> String {
        format!(
            "Return-Path: <ann@customer.example>\nReceived: from out.customer.example by mx.vendor.example; \
             Mon, 15 Jun 2026 06:51:08 +0000\n{results}\nReceived: by out.customer.example; \
             Mon, 15 Jun 2026 06:51:05 +0000\nFrom: Ann <ann@customer.example>\nSubject: x\n"
        )
    }

    #[test]
    fn our_server_decides() {
        use Authenticity::{Fail, None, Pass};
        let cases = [
            ("Authentication-Results: mx.vendor.example; dmarc=pass header.from=customer.example", Pass),
            (
                "Authentication-Results: MX.Vendor.Example 1;\n\tspf=none; dmarc=pass (p=none) header.from=customer.example",
                Pass,
            ),
            ("Authentication-Results: \"mx.vendor.example\"; dmarc=fail (p=reject) header.from=customer.example", Fail),
            ("Authentication-Results: mx.vendor.example; dkim=pass header.d=customer.example; dmarc=fail", Fail),
            ("Authentication-Results: mx.vendor.example; none", None),
            ("Authentication-Results: mx.vendor.example", None),
            ("Authentication-Results: other.example; dmarc=pass header.from=customer.example", None),
            ("Authentication-Results: other.example; dmarc=fail", None),
            ("Authentication-Results: mx.vendor.example; dkim=fail header.d=customer.example; spf=fail", Fail),
            ("Authentication-Results: mx.vendor.example; dkim=none; spf=fail smtp.mailfrom=customer.example", None),
            ("Authentication-Results: mx.vendor.example; dkim=none; spf=softfail", None),
            ("Authentication-Results: mx.vendor.example; dkim=fail; spf=softfail", None),
            ("Authentication-Results: mx.vendor.example; dkim=pass header.d=mail.customer.example", Pass),
            ("Authentication-Results: mx.vendor.example; dkim=pass header.d=mailer.example; spf=none", None),
            (
                "Authentication-Results: mx.vendor.example; dkim=fail header.d=a.example; dkim=pass header.i=@customer.example",
                Pass,
            ),
            ("Authentication-Results: mx.vendor.example; spf=pass smtp.mailfrom=ann@customer.example", Pass),
            ("Authentication-Results: mx.vendor.example; spf=pass smtp.mailfrom=bounce@notcustomer.example", None),
            ("Authentication-Results: mx.vendor.example; spf=pass smtp.mailfrom=", None),
            ("Authentication-Results: mx.vendor.example; dmarc=pass header.from=stranger.example", None),
            ("Authentication-Results: mx.vendor.example; dkim=pass header.b=ab/=c= header.d=customer.example", Pass),
            ("Authentication-Results: mx.vendor.example (x (y; dmarc=pass) \\) ; dmarc=pass); dmarc = fail", Fail),
            (
                "Authentication-Results: mx.vendor.example; dkim/1 = pass reason=\"a; dmarc=fail\" header.d = customer.example",
                Pass,
            ),
            ("Authentication-Results: mx.vendor.example; spf=temperror; dkim=permerror; dmarc=temperror", None),
        ];
        for (field, expected) in cases {
            assert_eq!(verdict_of(&received(field)), expected, "{field}");
        }
    }

    #[test]
    fn the_field_is_read_to_the_letter() {
        use Authenticity::{Fail, None, Pass};
        let cases = [
            // comments and blanks between all that there is, quoted strings for words
            (
                "(a) mx.vendor.example (b) 1 (c) ; (d) dmarc (e) / (f) 1 (g) = (h) pass (i) reason (j) = (k) \"x\" (l)\r\n\theader (m) . (n) from (o) = (p) customer.example (q)",
                Pass,
            ),
            ("mx.vendor.example ; dmarc = \"pass\" header.from = \"customer.example\"", Pass),
            ("mx.vendor.example;dmarc=pass;spf=none", Pass),
            ("mx.vendor.example; DMARC=Pass Header.From=Customer.Example", Pass),
            // what the sender chose stays within its quotes
            ("mx.vendor.example; spf=pass reason=\"x\\\"; dmarc=pass\" smtp.mailfrom=eve@evil.example", None),
            ("mx.vendor.example; spf=pass smtp.mailfrom=\"a; dmarc=pass\"@evil.example", None),
            ("mx.vendor.example; spf=pass smtp.mailfrom=x=dmarc=pass@evil.example", None),
            ("mx.vendor.example; dmarc \"=\" pass", None),
            // versions that are not known here say nothing
            ("mx.vendor.example 2; dmarc=fail", None),
            ("mx.vendor.example 1; dmarc/2=fail", None),
            ("mx.vendor.example 1; dmarc/1=fail", Fail),
            ("mx.vendor.example 1 1; dmarc=fail", None),
            // methods that say nothing about From, and properties of other types
            ("mx.vendor.example; arc=pass header.oldest-pass=0 smtp.remote-ip=192.0.2.1", None),
            ("mx.vendor.example; auth=pass smtp.auth=ann@customer.example; iprev=pass policy.iprev=192.0.2.1", None),
            ("mx.vendor.example; x-own=pass header.d=customer.example", None),
            (
                "mx.vendor.example; dkim=pass policy.d=customer.example body.d=customer.example smtp.d=customer.example",
                None,
            ),
            ("mx.vendor.example; dmarc=pass policy.published=reject header.from=customer.example", Pass),
            // several results of one method
            ("mx.vendor.example; dkim=none; dkim=fail header.d=customer.example; spf=fail", Fail),
            ("mx.vendor.example; dkim=fail; dkim=pass header.d=list.example; spf=fail", None),
            ("mx.vendor.example; none; dmarc=fail", Fail),
            // addresses and domains as servers write them
            ("mx.vendor.example; spf=pass smtp.mailfrom=<ann@customer.example>", Pass),
            ("mx.vendor.example; dkim=pass header.d=customer.example.", Pass),
            ("mx.vendor.example; dkim=pass header.i=\"ann b\"@customer.example", Pass),
            ("mx.vendor.example; dmarc= ; spf=", None),
        ];
        for (value, expected) in cases {
            assert_eq!(verdict_of(&received(&format!("Authentication-Results: {value}"))), expected, "{value}");
        }
    }

    #[test]
    fn who_found_what_is_kept() {
        let cases = [
            (
                "mx.vendor.example; spf=softfail smtp.mailfrom=a.example; dkim=none; dmarc=fail",
                Some("mx.vendor.example: spf=softfail, dkim=none, dmarc=fail"),
            ),
            ("MX.vendor.example; iprev=pass; dmarc=pass", Some("mx.vendor.example: dmarc=pass")),
            ("mx.vendor.example; none", None),
            ("mx.vendor.example; iprev=pass", None),
            ("other.example; dmarc=pass", None),
        ];
        let ours = ["mx.vendor.example".to_owned()];
        for (value, expected) in cases {
            let fields = header(&received(&format!("Authentication-Results: {value}"))).unwrap();
            assert_eq!(verdict(&fields, &ours).1.as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn only_the_topmost_run_counts() {
        use Authenticity::{Fail, None, Pass};
        let ours = "Authentication-Results: mx.vendor.example;";
        let cases = [
            // two fields of ours, then a stranger's claim
            (format!("{ours} dkim=fail\n{ours} spf=fail\nAuthentication-Results: gw.example; dmarc=pass"), Fail),
            (format!("{ours} dmarc=fail\n{ours} dmarc=pass header.from=customer.example"), Fail),
            (format!("{ours} dmarc=pass\nAuthentication-Results: gw.example; dmarc=fail\n{ours} dmarc=fail"), Pass),
            (format!("X-Spam: no\n{ours} dmarc=pass"), Pass),
            (format!("DKIM-Signature: v=1\n{ours} dmarc=pass"), None),
            (format!("Received: from a by evil.example; x\n{ours} dmarc=pass"), None),
            (format!("Received: by 2002:a05:6a10:: with SMTP id x; y\n{ours} dmarc=pass"), Pass),
            (format!("Received: from mx.vendor.example by store.vendor.example; y\n{ours} dmarc=pass"), Pass),
        ];
        for (results, expected) in cases {
            assert_eq!(verdict_of(&received(&results)), expected, "{results}");
        }
    }

    #[test]
    fn of_senders_named_together_none_is_believed() {
        let pass = "Authentication-Results: mx.vendor.example; dmarc=pass header.from=customer.example";
        let fail = "Authentication-Results: mx.vendor.example; dmarc=fail";
        let twice = "From: Eve <eve@customer.example>\n";
        assert_eq!(verdict_of(&format!("{}{twice}", received(pass))), Authenticity::Fail);
        assert_eq!(verdict_of(&format!("{}{twice}", received(fail))), Authenticity::Fail);
        let two_in_one = received(pass).replace("From: Ann", "From: Eve <eve@customer.example>, Ann");
        assert_eq!(verdict_of(&two_in_one), Authenticity::Fail);
        assert_eq!(verdict(&header(&received(pass)).unwrap(), &[]), (Authenticity::None, None));
    }

    #[test]
    fn garbled_fields_decide_nothing() {
        for field in [
            "",
            ";;;",
            "=;=",
            "mx.vendor.example;=pass",
            "mx.vendor.example; dmarc",
            "(",
            "\"",
            "mx.vendor.example;dmarc=\\",
        ] {
            let header = received(&format!("Authentication-Results: {field}"));
            assert_eq!(verdict_of(&header), Authenticity::None, "{field}");
        }
    }
}
