//! What lies in an IMAP folder, and the messages themselves.
//!
//! Nothing is searched for: `UID FETCH … (RFC822.SIZE)` answers with one short line a message, where the answer to a
//! search of a large folder is one line that is costly to read. UIDs are asked for in windows, so that a batch stays
//! bounded however large the folder is.

use std::borrow::Cow;
use std::collections::HashMap;

use async_imap::imap_proto::{AttributeValue, Response};
use jiff::Timestamp;

use super::session::Session;
use super::{Cursor, Fetched, Listed, Listing, MailboxError, portions};

/// How many UIDs are asked about at once.
const WINDOW: i64 = 5_000;
const LARGEST_UID: i64 = u32::MAX as i64;
/// Messages up to this size travel in portions, larger ones in slices of it.
const SLICE: u64 = 1 << 20;
/// How much of an oversized message's header is read.
const HEADER: u64 = 256 << 10;

impl Session {
    /// The next batch after the cursor; everything where the cursor belongs to another UIDVALIDITY.
    pub(super) async fn list(&mut self, after: Option<Cursor>) -> Result<Listing, MailboxError> {
        self.refresh().await?;
        let valid = after.filter(|cursor| cursor.uid_validity == self.uid_validity);
        let last = valid.map_or(0, |cursor| cursor.last_uid);
        let mut windows = Windows::after(last, self.uid_next);
        let mut messages = Vec::new();
        while messages.is_empty() {
            let Some(window) = windows.next() else { break };
            messages = self.sizes(&window).await?;
            messages.retain(|listed| listed.uid > last);
        }
        Ok(Listing { uid_validity: self.uid_validity, messages })
    }

    /// Every UID in the folder.
    pub(super) async fn uids(&mut self) -> Result<(i64, Vec<i64>), MailboxError> {
        self.refresh().await?;
        let mut uids = Vec::new();
        self.run("FETCH", "UID FETCH 1:* (UID)", |response| uids.extend(Attributes::of(response).uid)).await?;
        uids.sort_unstable();
        uids.dedup();
        Ok((self.uid_validity, uids))
    }

    /// Makes the server look into the folder: to FETCH, some show it as it was when they last did.
    async fn refresh(&mut self) -> Result<(), MailboxError> {
        self.run("NOOP", "NOOP", |_| ()).await?;
        self.news = false;
        Ok(())
    }

    /// Messages of a set of UIDs and their sizes, in order.
    async fn sizes(&mut self, set: &str) -> Result<Vec<Listed>, MailboxError> {
        let mut found = Vec::new();
        self.run("FETCH", &format!("UID FETCH {set} (RFC822.SIZE)"), |response| {
            if let Attributes { uid: Some(uid), size: Some(size), .. } = Attributes::of(response) {
                found.push(Listed { uid, size });
            }
        })
        .await?;
        found.sort_unstable_by_key(|listed| listed.uid);
        found.dedup_by_key(|listed| listed.uid);
        Ok(found)
    }

    /// These messages, in the order they were asked for.
    pub(super) async fn fetch(
        &mut self,
        uid_validity: i64,
        wanted: &[Listed],
        max_bytes: u64,
    ) -> Result<Vec<Fetched>, MailboxError> {
        self.expect(uid_validity)?;
        let mut fetched = Vec::with_capacity(wanted.len());
        for portion in portions(wanted) {
            let small = portion.iter().filter(|listed| listed.size <= SLICE.min(max_bytes));
            let mut together = self.together(&uid_set(small.map(|listed| listed.uid))).await?;
            for listed in portion {
                if listed.size > SLICE.min(max_bytes) {
                    fetched.extend(self.alone(*listed, max_bytes).await?);
                } else {
                    fetched.extend(together.remove(&listed.uid));
                }
            }
        }
        Ok(fetched)
    }

    /// Small messages, all in one answer.
    async fn together(&mut self, set: &str) -> Result<HashMap<i64, Fetched>, MailboxError> {
        let mut fetched = HashMap::new();
        if set.is_empty() {
            return Ok(fetched);
        }
        self.run("FETCH", &format!("UID FETCH {set} (INTERNALDATE BODY.PEEK[])"), |response| {
            if let Attributes { uid: Some(uid), body: Some(body), received_at, .. } = Attributes::of(response) {
                fetched.insert(uid, Fetched { uid, received_at, raw: body.to_vec(), oversized: None });
            }
        })
        .await?;
        Ok(fetched)
    }

    /// A large message slice by slice, or the header of an oversized one; none where the message has gone.
    async fn alone(&mut self, listed: Listed, max_bytes: u64) -> Result<Option<Fetched>, MailboxError> {
        if listed.size > max_bytes {
            return self.header(listed).await;
        }
        let (mut raw, mut received_at) = (Vec::new(), None);
        // sizes may be estimates: the message has ended where the server has nothing more to give
        loop {
            let section = format!("BODY.PEEK[]<{}.{SLICE}>", raw.len());
            let Some((date, slice)) = self.part(listed.uid, &section).await? else { return Ok(None) };
            received_at = received_at.or(date);
            if slice.is_empty() {
                return Ok(Some(Fetched { uid: listed.uid, received_at, raw, oversized: None }));
            }
            raw.extend_from_slice(&slice);
            if raw.len() as u64 > max_bytes {
                return self.header(Listed { size: raw.len() as u64, ..listed }).await;
            }
        }
    }

    async fn header(&mut self, listed: Listed) -> Result<Option<Fetched>, MailboxError> {
        let part = self.part(listed.uid, &format!("BODY.PEEK[HEADER]<0.{HEADER}>")).await?;
        Ok(part.map(|(received_at, raw)| Fetched { uid: listed.uid, received_at, raw, oversized: Some(listed.size) }))
    }

    async fn part(&mut self, uid: i64, section: &str) -> Result<Option<(Option<Timestamp>, Vec<u8>)>, MailboxError> {
        let mut found = None;
        self.run("FETCH", &format!("UID FETCH {uid} (INTERNALDATE {section})"), |response| {
            let attributes = Attributes::of(response);
            if let Some(body) = attributes.body.filter(|_| attributes.uid == Some(uid)) {
                found = Some((attributes.received_at, body.to_vec()));
            }
        })
        .await?;
        Ok(found)
    }
}

/// What we ask for of a message, as far as one response holds it.
#[derive(Default)]
struct Attributes<'a> {
    uid: Option<i64>,
    size: Option<u64>,
    received_at: Option<Timestamp>,
    body: Option<&'a [u8]>,
}

impl<'a> Attributes<'a> {
    fn of(response: &'a Response<'a>) -> Attributes<'a> {
        let mut found = Attributes::default();
        let Response::Fetch(_, attributes) = response else { return found };
        for attribute in attributes {
            match attribute {
                AttributeValue::Uid(uid) => found.uid = Some(i64::from(*uid)),
                AttributeValue::Rfc822Size(size) => found.size = Some(u64::from(*size)),
                AttributeValue::InternalDate(date) => found.received_at = internal_date(date),
                // NIL: the server has the message and no bytes of it
                AttributeValue::BodySection { data, .. } => found.body = Some(data.as_ref().map_or(&[], Cow::as_ref)),
                _ => (),
            }
        }
        found
    }
}

/// `17-Jul-1996 02:44:25 -0700` (RFC 3501, date-time).
fn internal_date(text: &str) -> Option<Timestamp> {
    Timestamp::strptime("%d-%b-%Y %H:%M:%S %z", text.trim()).ok()
}

/// A set of UIDs as commands take it, neighbours drawn together: `3:5,9`.
pub(super) fn uid_set(uids: impl Iterator<Item = i64>) -> String {
    let mut sorted: Vec<i64> = uids.collect();
    sorted.sort_unstable();
    sorted.dedup();
    let runs = sorted.chunk_by(|a, b| a + 1 == *b).filter_map(|run| Some((run.first()?, run.last()?)));
    let spelt = runs.map(|(first, last)| if first == last { first.to_string() } else { format!("{first}:{last}") });
    spelt.collect::<Vec<_>>().join(",")
}

/// Ranges of UIDs to ask about one after the other, wider while they hold nothing: UIDs may leave large gaps.
struct Windows {
    start: i64,
    width: i64,
    /// Messages of this UID and above are asked for in one open range.
    open_from: i64,
}

impl Windows {
    fn after(last: i64, uid_next: Option<i64>) -> Windows {
        Windows { start: last + 1, width: WINDOW, open_from: uid_next.unwrap_or(0) }
    }
}

impl Iterator for Windows {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        if self.start > LARGEST_UID {
            return None;
        }
        let (start, end) = (self.start, self.start + self.width - 1);
        if end >= self.open_from {
            self.start = LARGEST_UID + 1;
            return Some(format!("{start}:*"));
        }
        self.start = end + 1;
        self.width *= 2;
        Some(format!("{start}:{end}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(last: i64, uid_next: Option<i64>) -> Vec<String> {
        Windows::after(last, uid_next).collect()
    }

    #[test]
    fn windows_widen_and_end_open() {
        assert_eq!(windows(0, Some(1)), ["1:*"]);
        assert_eq!(windows(0, None), ["1:*"]);
        assert_eq!(windows(7, Some(6_000)), ["8:5007", "5008:*"]);
        assert_eq!(windows(7, Some(20_000)), ["8:5007", "5008:15007", "15008:*"]);
        assert!(windows(0, Some(LARGEST_UID)).len() < 32);
        assert_eq!(windows(LARGEST_UID - 1, Some(LARGEST_UID)), [format!("{LARGEST_UID}:*")]);
        assert!(windows(LARGEST_UID, Some(LARGEST_UID)).is_empty());
    }

    #[test]
    fn sets_draw_neighbours_together() {
        assert_eq!(uid_set([].into_iter()), "");
        assert_eq!(uid_set([9, 3, 5, 4, 4].into_iter()), "3:5,9");
    }

    #[test]
    fn internal_dates_are_read_with_their_zone() {
        let expected = "1996-07-17T09:44:25Z".parse().unwrap();
        assert_eq!(internal_date("17-Jul-1996 02:44:25 -0700"), Some(expected));
        assert_eq!(internal_date(" 7-Jul-1996 02:44:25 +0000"), Some("1996-07-07T02:44:25Z".parse().unwrap()));
        assert_eq!(internal_date("yesterday"), None);
    }
}
