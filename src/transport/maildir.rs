//! Mail out into a Maildir: one file a message, readable as `.eml`, for the demo and for trying the daemon without a
//! mail server.
//!
//! The file's name comes from the Message-ID, so that a message delivered again (guarantee G6) is one file.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::TransportError;
use crate::outbox::{Delivery, Outgoing};

#[derive(Debug, Clone)]
pub struct MaildirOutSettings {
    /// Made where it is missing.
    pub path: PathBuf,
}

#[derive(Debug)]
pub struct MaildirOut {
    path: PathBuf,
}

impl MaildirOut {
    pub(super) fn new(settings: MaildirOutSettings) -> MaildirOut {
        MaildirOut { path: settings.path }
    }

    pub(super) async fn deliver(&self, message: &Outgoing) -> Result<Delivery, TransportError> {
        let (root, name, raw) = (self.path.clone(), file_name(&message.message_id), message.raw.clone());
        match tokio::task::spawn_blocking(move || put(&root, &name, &raw).map(|()| name)).await {
            Ok(Ok(name)) => Ok(Delivery::Accepted(format!("new/{name}"))),
            Ok(Err(error)) => Err(self.unusable(&error.to_string())),
            Err(error) => Ok(Delivery::Unknown(format!("writing broke off: {error}"))),
        }
    }

    pub(super) async fn check(&self) -> Result<String, TransportError> {
        let root = self.path.clone();
        let tried = tokio::task::spawn_blocking(move || try_out(&root)).await;
        tried.map_err(|error| self.unusable(&error.to_string()))?.map_err(|error| self.unusable(&error.to_string()))?;
        Ok(format!("{}: replies are written here", self.path.display()))
    }

    fn unusable(&self, reason: &str) -> TransportError {
        TransportError::Disk { path: self.path.display().to_string(), reason: reason.to_owned() }
    }
}

/// Writes to `tmp/`, then moves to `new/`, each made durable before the next step: a reader never sees half a message,
/// and a message that was reported as delivered is there after a power cut.
fn put(root: &Path, name: &str, raw: &[u8]) -> io::Result<()> {
    make(root)?;
    if delivered(root, name) {
        return Ok(());
    }
    let draft = root.join("tmp").join(name);
    let mut file = File::create(&draft)?;
    file.write_all(raw)?;
    file.sync_all()?;
    fs::rename(&draft, root.join("new").join(name))?;
    File::open(root.join("new"))?.sync_all()
}

fn make(root: &Path) -> io::Result<()> {
    ["tmp", "new", "cur"].iter().try_for_each(|part| fs::create_dir_all(root.join(part)))
}

fn try_out(root: &Path) -> io::Result<()> {
    make(root)?;
    let trial = root.join("tmp").join(format!("check.{}", std::process::id()));
    File::create(&trial)?;
    fs::remove_file(trial)
}

/// Whether the message lies there, also after a mail program has seen it and shown it to somebody.
fn delivered(root: &Path, name: &str) -> bool {
    let seen = ["", ":2,", ":2,S"].map(|flags| root.join("cur").join(format!("{name}{flags}")));
    root.join("new").join(name).exists() || seen.iter().any(|path| path.exists())
}

/// A file name made of the Message-ID: as it stands where that is plain, otherwise made safe and told apart by a hash.
fn file_name(message_id: &str) -> String {
    const LONGEST: usize = 150;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '+' | '=');
    let usable = |id: &str| id.chars().all(plain) && !id.starts_with('.') && (1..=LONGEST).contains(&id.len());
    if usable(message_id) {
        return format!("{message_id}.eml");
    }
    let safe: String = message_id.chars().filter(|c| plain(*c)).take(LONGEST / 2).collect();
    let digest = Sha256::digest(message_id);
    let mark: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{mark}.eml", safe.trim_start_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(message_id: &str, raw: &[u8]) -> Outgoing {
        Outgoing {
            message_id: message_id.to_owned(),
            reverse_path: "support@vendor.example".to_owned(),
            recipient: "ann@customer.example".to_owned(),
            subject: String::new(),
            template: String::new(),
            text: String::new(),
            raw: raw.to_vec(),
            not_before: jiff::Timestamp::UNIX_EPOCH,
            withheld: None,
            occasion: None,
        }
    }

    fn files(root: &Path, part: &str) -> Vec<String> {
        let entries = fs::read_dir(root.join(part)).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn a_message_is_one_file_however_often_it_is_delivered() {
        let scratch = tempfile::tempdir().unwrap();
        let root = scratch.path().join("out");
        let post = MaildirOut::new(MaildirOutSettings { path: root.clone() });
        let mail = message("C-1.a@vendor.example", b"Subject: one\r\n\r\nhello\r\n");
        for _ in 0..2 {
            assert_eq!(
                post.deliver(&mail).await.unwrap(),
                Delivery::Accepted("new/C-1.a@vendor.example.eml".to_owned())
            );
        }
        assert_eq!(files(&root, "new"), ["C-1.a@vendor.example.eml"]);
        assert_eq!(fs::read(root.join("new/C-1.a@vendor.example.eml")).unwrap(), mail.raw);

        fs::rename(root.join("new/C-1.a@vendor.example.eml"), root.join("cur/C-1.a@vendor.example.eml:2,S")).unwrap();
        post.deliver(&mail).await.unwrap();
        assert!(files(&root, "new").is_empty());
        assert!(files(&root, "tmp").is_empty());
    }

    #[tokio::test]
    async fn what_a_crash_left_in_tmp_is_overwritten() {
        let scratch = tempfile::tempdir().unwrap();
        let post = MaildirOut::new(MaildirOutSettings { path: scratch.path().to_owned() });
        make(scratch.path()).unwrap();
        fs::write(scratch.path().join("tmp/a@vendor.example.eml"), "half a mess").unwrap();
        post.deliver(&message("a@vendor.example", b"whole")).await.unwrap();
        assert_eq!(fs::read(scratch.path().join("new/a@vendor.example.eml")).unwrap(), b"whole");
        assert!(files(scratch.path(), "tmp").is_empty());
    }

    #[tokio::test]
    async fn a_place_that_cannot_be_written_to_is_no_attempt() {
        let scratch = tempfile::tempdir().unwrap();
        let file = scratch.path().join("file");
        fs::write(&file, "").unwrap();
        let post = MaildirOut::new(MaildirOutSettings { path: file });
        assert!(matches!(post.deliver(&message("a@vendor.example", b"x")).await, Err(TransportError::Disk { .. })));
        assert!(post.check().await.is_err());
        let good = MaildirOut::new(MaildirOutSettings { path: scratch.path().join("out") });
        assert!(good.check().await.is_ok());
    }

    #[test]
    fn names_are_safe_and_differ() {
        assert_eq!(file_name("C-1.b+c=d_e@vendor.example"), "C-1.b+c=d_e@vendor.example.eml");
        let odd =
            ["../../etc/passwd", ".hidden", "", "a:2,S", "a/b", "a b", "ab\u{e9}", &"x".repeat(300), &"x".repeat(301)];
        let names: std::collections::HashSet<String> = odd.iter().map(|id| file_name(id)).collect();
        assert_eq!(names.len(), odd.len());
        for name in names {
            assert!(!name.starts_with('.') && !name.contains(['/', ':']) && name.len() < 200, "{name}");
        }
    }
}
