//! The inbox as a Maildir: files in `new/` and `cur/`, filed into the Maildir++ folders `.Processed` and `.Review`.
//!
//! A message's UID is taken from the unique part of its file name, which stays the same when a mail program changes
//! its flags: 63 bits of SHA-256. Files are listed in the order of the time in their names. `tmp/`, dot files, symbolic
//! links and directories are none of our business, and a file that changes while it is read is left for the next pass.

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tokio::time::{Instant, sleep_until};

use super::{Fetched, Folder, Listed, Listing, MailboxError};

/// A Maildir is never renumbered.
const UID_VALIDITY: i64 = 1;
/// How many messages are listed at once.
const BATCH: usize = 5_000;
/// How much of an oversized message is read to find its header.
const HEADER: u64 = 256 << 10;
/// How often to look for news.
const GLANCE: Duration = Duration::from_millis(250);

#[derive(Debug, Clone)]
pub struct MaildirSettings {
    pub path: PathBuf,
    /// Of a message larger than this, in bytes, only the header is read.
    pub max_bytes: u64,
    /// Reads from a message when it arrived; where it cannot tell, the file's own date counts.
    pub received_at: fn(&[u8]) -> Option<Timestamp>,
}

/// An inbox on disk.
#[derive(Debug)]
pub struct Maildir {
    settings: MaildirSettings,
    /// The last message that this pass has listed.
    position: Option<Place>,
    /// Where the messages lay that were listed last.
    known: HashMap<i64, PathBuf>,
    /// The state of the directories when the pass began.
    seen: Option<Stamp>,
}

/// When `new/` and `cur/` last changed.
type Stamp = [Option<SystemTime>; 2];

impl Maildir {
    pub(super) fn new(settings: MaildirSettings) -> Maildir {
        Maildir { settings, position: None, known: HashMap::new(), seen: None }
    }

    pub(super) fn name(&self) -> String {
        format!("maildir:{}", self.settings.path.display())
    }

    /// The next batch of this pass.
    pub(super) async fn list(&mut self) -> Result<Listing, MailboxError> {
        let root = self.settings.path.clone();
        let after = self.position.take();
        if after.is_none() {
            self.seen = Some(stamp(&root));
        }
        let (batch, messages) = blocking(move || {
            let batch = first_places(&root, after.as_ref(), BATCH)?;
            let messages: Vec<Listed> = batch.iter().filter_map(Place::listed).collect();
            Ok((batch, messages))
        })
        .await?;
        self.known = batch.iter().map(|place| (place.uid(), place.path.clone())).collect();
        self.position = batch.into_iter().last();
        Ok(Listing { uid_validity: UID_VALIDITY, messages })
    }

    pub(super) async fn fetch(&mut self, wanted: &[Listed]) -> Result<Vec<Fetched>, MailboxError> {
        let paths = self.paths(wanted.iter().map(|listed| listed.uid).collect()).await?;
        let (max_bytes, received_at) = (self.settings.max_bytes, self.settings.received_at);
        blocking(move || {
            let mut fetched = Vec::with_capacity(paths.len());
            for (uid, path) in paths {
                let Some((raw, size, changed)) = gone_is_none("read", &path, read(&path, max_bytes))?.flatten() else {
                    continue;
                };
                let received_at = received_at(&raw).or_else(|| Timestamp::try_from(changed).ok());
                let oversized = (size > max_bytes).then_some(size);
                fetched.push(Fetched { uid, received_at, raw, oversized });
            }
            Ok(fetched)
        })
        .await
    }

    pub(super) async fn file(&mut self, moves: &[(i64, Folder)]) -> Result<(), MailboxError> {
        let folders: HashMap<i64, Folder> = moves.iter().copied().collect();
        let paths = self.paths(folders.keys().copied().collect()).await?;
        let root = self.settings.path.clone();
        blocking(move || {
            for folder in [Folder::Processed, Folder::Review] {
                let directory = root.join(directory_of(folder));
                let mut there = paths.iter().filter(|(uid, _)| folders.get(uid) == Some(&folder)).peekable();
                if there.peek().is_some() {
                    make_folder(&directory).map_err(|error| disk("make", &directory, &error))?;
                }
                for (_, path) in there {
                    gone_is_none("file", path, move_into(&directory, path))?;
                }
            }
            Ok(())
        })
        .await
    }

    pub(super) async fn uids(&self) -> Result<(i64, Vec<i64>), MailboxError> {
        let root = self.settings.path.clone();
        blocking(move || {
            let mut uids = Vec::new();
            each_place(&root, |place| uids.push(place.uid()))?;
            uids.sort_unstable();
            Ok((UID_VALIDITY, uids))
        })
        .await
    }

    pub(super) async fn wait(&mut self, limit: Duration) -> Result<bool, MailboxError> {
        let end = Instant::now() + limit;
        loop {
            if self.seen != Some(stamp(&self.settings.path)) {
                return Ok(true);
            }
            if Instant::now() >= end {
                return Ok(false);
            }
            sleep_until(end.min(Instant::now() + GLANCE)).await;
        }
    }

    pub(super) async fn check(&self) -> Result<String, MailboxError> {
        let (_, uids) = self.uids().await?;
        Ok(format!("{}: a Maildir that holds {} messages", self.settings.path.display(), uids.len()))
    }

    /// Where these messages lie; those that lie nowhere are left out. In the order asked for.
    async fn paths(&self, wanted: Vec<i64>) -> Result<Vec<(i64, PathBuf)>, MailboxError> {
        let root = self.settings.path.clone();
        let known = wanted.iter().filter_map(|uid| Some((*uid, self.known.get(uid)?.clone())));
        let mut found: HashMap<i64, PathBuf> = known.collect();
        blocking(move || {
            found.retain(|_, path| path.exists());
            if found.len() < wanted.len() {
                // mail programs rename files when they change flags, and after a restart nothing is known
                let missing: BTreeSet<i64> = wanted.iter().filter(|uid| !found.contains_key(*uid)).copied().collect();
                each_place(&root, |place| {
                    if missing.contains(&place.uid()) {
                        found.insert(place.uid(), place.path);
                    }
                })?;
            }
            Ok(wanted.into_iter().filter_map(|uid| Some((uid, found.remove(&uid)?))).collect())
        })
        .await
    }
}

/// A message file, ordered by the time in its name and then by the name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    seconds: u64,
    microseconds: u64,
    /// The file name up to the flags (`:2,S`).
    unique: Vec<u8>,
    path: PathBuf,
}

impl Place {
    fn of(name: &OsStr, path: PathBuf) -> Place {
        let unique: Vec<u8> = name.as_bytes().iter().copied().take_while(|byte| *byte != b':').collect();
        let text = String::from_utf8_lossy(&unique);
        let (seconds, rest) = leading_number(&text);
        let microseconds = rest.strip_prefix(".M").map_or(0, |rest| leading_number(rest).0);
        Place { seconds, microseconds, unique, path }
    }

    fn uid(&self) -> i64 {
        let digest = Sha256::digest(&self.unique);
        let bits = digest.iter().take(8).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        i64::try_from(bits >> 1).unwrap_or(i64::MAX)
    }

    /// None where the file has gone.
    fn listed(&self) -> Option<Listed> {
        let metadata = fs::symlink_metadata(&self.path).ok()?;
        Some(Listed { uid: self.uid(), size: metadata.len() })
    }
}

/// The number that a text begins with (0 where it does not), and what follows it.
fn leading_number(text: &str) -> (u64, &str) {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = text.strip_suffix(rest).unwrap_or_default();
    (digits.parse().unwrap_or(0), rest)
}

/// The first `limit` messages behind `after`, in order. Reads the whole directory and holds no more than `limit` names.
fn first_places(root: &Path, after: Option<&Place>, limit: usize) -> Result<Vec<Place>, MailboxError> {
    let mut first = BTreeSet::new();
    each_place(root, |place| {
        if after.is_none_or(|after| place > *after)
            && first.last().is_none_or(|last| first.len() < limit || place < *last)
        {
            first.insert(place);
            if first.len() > limit {
                first.pop_last();
            }
        }
    })?;
    Ok(first.into_iter().collect())
}

/// Every message file in `new/` and `cur/`.
fn each_place(root: &Path, mut each: impl FnMut(Place)) -> Result<(), MailboxError> {
    for directory in [root.join("new"), root.join("cur")] {
        let entries = fs::read_dir(&directory).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => MailboxError::NoMaildir { path: directory.display().to_string() },
            _ => disk("list", &directory, &error),
        })?;
        for entry in entries {
            let entry = entry.map_err(|error| disk("list", &directory, &error))?;
            let name = entry.file_name();
            let plain = entry.file_type().is_ok_and(|kind| kind.is_file());
            if plain && !name.as_bytes().starts_with(b".") {
                each(Place::of(&name, entry.path()));
            }
        }
    }
    Ok(())
}

/// The bytes of a file (the header of an oversized one), its size and its date; none where somebody is writing to it.
fn read(path: &Path, max_bytes: u64) -> io::Result<Option<(Vec<u8>, u64, SystemTime)>> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Ok(None);
    }
    let file = File::open(path)?;
    let before = file.metadata()?;
    let mut raw = Vec::new();
    if before.len() > max_bytes {
        (&file).take(HEADER).read_to_end(&mut raw)?;
        raw.truncate(header_length(&raw));
    } else {
        (&file).read_to_end(&mut raw)?;
    }
    let after = file.metadata()?;
    let quiet = before.len() == after.len() && before.modified()? == after.modified()?;
    Ok(quiet.then_some((raw, after.len(), after.modified()?)))
}

/// How many bytes the header of a message takes, with the empty line that ends it.
fn header_length(raw: &[u8]) -> usize {
    let ends = [b"\r\n\r\n".as_slice(), b"\n\n"];
    let end = |mark: &&[u8]| raw.windows(mark.len()).position(|window| window == *mark).map(|at| at + mark.len());
    ends.iter().filter_map(end).min().unwrap_or(raw.len())
}

fn directory_of(folder: Folder) -> &'static str {
    match folder {
        Folder::Processed => ".Processed",
        Folder::Review => ".Review",
    }
}

fn make_folder(directory: &Path) -> io::Result<()> {
    for part in ["tmp", "new", "cur"] {
        fs::create_dir_all(directory.join(part))?;
    }
    // tells mail programs that this is a folder of the Maildir above it (Maildir++)
    fs::OpenOptions::new().create(true).append(true).open(directory.join("maildirfolder"))?;
    Ok(())
}

/// Moves a file to the folder's `new/` or `cur/`, whichever it lies in now.
fn move_into(folder: &Path, path: &Path) -> io::Result<()> {
    let (Some(part), Some(name)) = (path.parent().and_then(Path::file_name), path.file_name()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    fs::rename(path, unused(&folder.join(part), name))
}

/// A path under this name; where there is such a file already, under one that nobody has taken yet.
fn unused(directory: &Path, name: &OsStr) -> PathBuf {
    let plain = directory.join(name);
    if !plain.exists() {
        return plain;
    }
    let name = name.to_string_lossy();
    let (unique, flags) =
        name.split_once(':').map_or((&*name, String::new()), |(unique, flags)| (unique, format!(":{flags}")));
    let mut others = (1_u32..).map(|number| directory.join(format!("{unique}.{number}{flags}")));
    others.find(|path| !path.exists()).unwrap_or(plain)
}

fn stamp(root: &Path) -> Stamp {
    ["new", "cur"].map(|part| fs::metadata(root.join(part)).and_then(|metadata| metadata.modified()).ok())
}

/// Takes the news that a file has gone for an answer.
fn gone_is_none<T>(action: &'static str, path: &Path, outcome: io::Result<T>) -> Result<Option<T>, MailboxError> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(disk(action, path, &error)),
    }
}

fn disk(action: &'static str, path: &Path, error: &io::Error) -> MailboxError {
    MailboxError::Disk { action, path: path.display().to_string(), reason: error.to_string() }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, MailboxError> + Send + 'static,
) -> Result<T, MailboxError> {
    let outcome = tokio::task::spawn_blocking(work).await;
    outcome.unwrap_or_else(|error| Err(MailboxError::Lost(format!("reading the Maildir broke off: {error}"))))
}
