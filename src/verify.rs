//! Whether a message is from whom it says, where the server that took it in wrote nothing about it: its DKIM signatures
//! (RFC 6376) and the DMARC policy of the domain in From (RFC 9989), with keys and policy from the DNS.
//!
//! SPF is left out: it speaks of the connection that a message came by, and of that nothing is left but Received fields,
//! among which a forged one cannot be told from a true one. DMARC passes by an aligned signature alone.
//!
//! What the verdict is, safe for the vendor and kind to the customer:
//!
//! - `Pass`: a valid signature is aligned with the domain in From, which is named once.
//! - `Fail`: the domain publishes `p=quarantine` or `p=reject`, and no aligned signature holds. A valid signature of
//!   another domain saves nothing, or whoever forges would sign with a domain of their own. So do mailing lists and
//!   gateways that rewrite what was signed, and senders that rely on SPF alone; hence a failed message is held for a person,
//!   never refused. Mail that is forwarded as it was keeps its signatures and passes.
//! - `None`: all else. Where the DNS does not answer about the domain in From, nobody can tell, which is no failure; what
//!   it answers about strangers' domains has no weight.

use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::join_all;
use mail_auth::common::crypto::Algorithm;
use mail_auth::common::headers::Header;
use mail_auth::dkim::Signature;
use mail_auth::dmarc::Policy;
use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::hickory_resolver::config::{NameServerConfig, ResolverConfig, ResolverOpts};
use mail_auth::hickory_resolver::net::NetError;
use mail_auth::hickory_resolver::system_conf::read_system_conf;
use mail_auth::{
    AuthenticatedMessage, DkimOutput, DkimResult, DmarcOutput, DmarcResult, DnsError, Error, MessageAuthenticator,
    SpfOutput,
};

use crate::mail::{Authenticity, Class, Message};

/// So long the signatures may take, and so long the policy after them.
const PATIENCE: Duration = Duration::from_secs(3);
/// One question to one name server, asked twice at most.
const QUESTION: Duration = Duration::from_millis(1_400);
/// More signatures than this are not looked at (RFC 6376, section 6.1).
const MOST_SIGNATURES: usize = 4;

/// Verifies senders; what the DNS answered is kept for as long as the DNS says.
pub struct Verifier {
    dns: MessageAuthenticator,
    patience: Duration,
}

/// What was found out about a sender, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub authenticity: Authenticity,
    /// For the record: `verified by rmad: the DKIM signature of customer.example is valid`.
    pub grounds: String,
}

/// There is no asking the DNS.
#[derive(Debug, thiserror::Error)]
#[error("no name server can be asked, which trust.verify needs: see /etc/resolv.conf")]
pub struct NoNameServer(#[source] NetError);

impl Verifier {
    /// Asks the name servers of this machine.
    ///
    /// # Errors
    /// Where the system names none, or unreadably.
    pub fn of_system() -> Result<Verifier, NoNameServer> {
        let (servers, options) = read_system_conf().map_err(NoNameServer)?;
        Verifier::new(servers, options, PATIENCE)
    }

    /// Asks this name server, over UDP and TCP, and waits for its answers so long.
    ///
    /// # Errors
    /// Where no such question can be put.
    pub fn asking(server: SocketAddr, patience: Duration) -> Result<Verifier, NoNameServer> {
        let mut named = NameServerConfig::udp_and_tcp(server.ip());
        named.connections.iter_mut().for_each(|connection| connection.port = server.port());
        Verifier::new(ResolverConfig::from_name_servers(vec![named]), ResolverOpts::default(), patience)
    }

    fn new(servers: ResolverConfig, mut options: ResolverOpts, patience: Duration) -> Result<Verifier, NoNameServer> {
        options.timeout = QUESTION;
        options.attempts = 2;
        Ok(Verifier { dns: MessageAuthenticator::new(servers, options).map_err(NoNameServer)?, patience })
    }

    /// Has the verdict of a verification stand on a person's mail, where the receiving server left it open.
    pub async fn complete(&self, raw: &[u8], message: &mut Message) {
        if message.class == Class::Human && message.authentication.is_none() {
            let found = self.verify(raw, message).await;
            message.authenticity = found.authenticity;
            message.authentication = Some(found.grounds);
        }
    }

    /// Verifies the sender of a message that was read from these bytes.
    pub async fn verify(&self, raw: &[u8], message: &Message) -> Finding {
        let raw = with_line_ends(raw);
        let address = &message.from.address;
        let (Some(mut mail), Some((_, domain))) = (AuthenticatedMessage::parse(&raw), address.rsplit_once('@')) else {
            return Finding::of(Authenticity::None, "the message names no domain that could vouch for it");
        };
        let names_one_sender = mail.from == [address.as_str()];
        mail.from = vec![address.clone()];
        let signed = apart(&mut mail, domain);
        let dkim = self.verify_signatures(&signed).await;
        let dmarc = self.dmarc(&mail, &dkim).await;
        Finding::from(domain, names_one_sender, &dkim, &dmarc)
    }

    /// Side by side, so that none waits for another's name server.
    async fn verify_signatures<'m>(&self, signed: &'m [AuthenticatedMessage<'m>]) -> Vec<DkimOutput<'m>> {
        let each = signed.iter().map(async |mail| {
            let in_time = tokio::time::timeout(self.patience, self.dns.verify_dkim(mail)).await;
            in_time.unwrap_or_else(|_| late(mail).into_iter().collect())
        });
        join_all(each).await.into_iter().flatten().collect()
    }

    async fn dmarc<'m>(&self, mail: &'m AuthenticatedMessage<'m>, dkim: &'m [DkimOutput<'m>]) -> DmarcOutput {
        let no_spf = SpfOutput::default();
        let verifying = self.dns.verify_dmarc(DmarcParameters::new(mail, dkim, "", &no_spf));
        let in_time = tokio::time::timeout(self.patience, verifying).await;
        in_time.unwrap_or_else(|_| DmarcOutput::default().with_dkim_result(DmarcResult::TempError(no_answer())))
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("patience", &self.patience).finish_non_exhaustive()
    }
}

impl Finding {
    fn of(authenticity: Authenticity, what: &str) -> Finding {
        Finding { authenticity, grounds: format!("verified by rmad: {what}") }
    }

    fn from(domain: &str, names_one_sender: bool, dkim: &[DkimOutput<'_>], dmarc: &DmarcOutput) -> Finding {
        if let Some(signer) = aligned_signer(domain, dkim, dmarc) {
            let valid = format!("the DKIM signature of {signer} is valid");
            return match names_one_sender {
                true => Finding::of(Authenticity::Pass, &valid),
                false => Finding::of(Authenticity::None, &format!("{valid}, but the message names several senders")),
            };
        }
        if let DmarcResult::TempError(_) | DmarcResult::PermError(_) = dmarc.dkim_result() {
            return Finding::of(Authenticity::None, &format!("the DNS gives no answer about {domain}"));
        }
        let what = format!("{} of {domain}", signatures(dkim));
        match dmarc.policy() {
            Policy::Reject => Finding::of(Authenticity::Fail, &format!("{what}, whose DMARC policy is reject")),
            Policy::Quarantine => Finding::of(Authenticity::Fail, &format!("{what}, whose DMARC policy is quarantine")),
            Policy::None | Policy::Unspecified => Finding::of(Authenticity::None, &what),
        }
    }
}

/// Whose valid signature vouches for the domain: by its DMARC record where it has one; else its own, or that of a domain
/// above it.
fn aligned_signer<'a>(domain: &str, dkim: &'a [DkimOutput<'_>], dmarc: &DmarcOutput) -> Option<&'a str> {
    let mut valid = dkim.iter().filter(|found| *found.result() == DkimResult::Pass).filter_map(DkimOutput::signature);
    let has_policy = dmarc.dmarc_record().is_some();
    let is_aligned = |signer: &str| match has_policy {
        true => *dmarc.dkim_result() == DmarcResult::Pass,
        false => lies_in(domain, signer),
    };
    valid.find(|signature| signature.d == domain || is_aligned(&signature.d)).map(|signature| signature.d.as_str())
}

/// Why no signature holds, in words that end before the domain's name.
fn signatures(dkim: &[DkimOutput<'_>]) -> String {
    let failed = dkim.iter().find_map(|found| match found.result() {
        DkimResult::Neutral(why) | DkimResult::Fail(why) | DkimResult::PermError(why) | DkimResult::TempError(why) => {
            found.signature().map(|_| why.to_string())
        }
        DkimResult::Pass | DkimResult::None => None,
    });
    failed.map_or_else(|| "there is no DKIM signature".to_owned(), |why| format!("no DKIM signature holds ({why})"))
}

/// The message once for each signature that could vouch for the domain, with that one alone.
///
/// Signatures of others are not even looked up: whoever forges could have our time wasted on them. Third-party
/// signatures (RFC 6541) and reports to signers (RFC 6651) are not asked for.
fn apart<'r>(mail: &mut AuthenticatedMessage<'r>, domain: &str) -> Vec<AuthenticatedMessage<'r>> {
    let headers = std::mem::take(&mut mail.dkim_headers);
    let alone = |mut header: Header<'r, Signature>| {
        header.header.r = false;
        header.header.atps = None;
        AuthenticatedMessage { dkim_headers: vec![header], errors: vec![], ..mail.clone() }
    };
    headers.into_iter().filter(|header| can_vouch(&header.header, domain)).take(MOST_SIGNATURES).map(alone).collect()
}

/// Whether a signature covers From (RFC 6376, section 5.4), by an algorithm that still counts (RFC 8301), and is of the
/// domain's organization or could be.
fn can_vouch(signature: &Signature, domain: &str) -> bool {
    let covers_from = signature.h.iter().any(|name| name.eq_ignore_ascii_case("from"));
    let stem = |name: &str| name.rsplit('.').take(2).map(str::to_lowercase).collect::<Vec<_>>();
    // a name in another script stands encoded in the signature (RFC 5890)
    let is_kin = !domain.is_ascii() || stem(&signature.d) == stem(domain);
    covers_from && signature.a != Algorithm::RsaSha1 && is_kin
}

/// Whether the domain is the other one or lies below it.
fn lies_in(domain: &str, above: &str) -> bool {
    above.contains('.') && domain.strip_suffix(above).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn late<'m>(mail: &'m AuthenticatedMessage<'m>) -> Option<DkimOutput<'m>> {
    mail.dkim_headers.first().map(|header| DkimOutput::temp_err(no_answer()).with_signature(&header.header))
}

fn no_answer() -> Error {
    Error::Dns(DnsError::Resolver("no answer in time".to_owned()))
}

/// The bytes as they were signed: a Maildir keeps lines with a line feed alone.
fn with_line_ends(raw: &[u8]) -> Cow<'_, [u8]> {
    if raw.windows(2).any(|pair| pair == b"\r\n") {
        return Cow::Borrowed(raw);
    }
    let lines = raw.split_inclusive(|byte| *byte == b'\n');
    Cow::Owned(
        lines
            .flat_map(|line| line.strip_suffix(b"\n").map_or(vec![line], |bare| vec![bare, b"\r\n"]))
            .flatten()
            .copied()
            .collect(),
    )
}
