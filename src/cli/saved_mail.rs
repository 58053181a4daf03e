//! Mail as people save it: `.eml` files, directories of them, mbox files (RFC 4155) and Maildirs.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use jiff::Timestamp;

/// One saved message.
#[derive(Debug)]
pub struct SavedMessage {
    /// The file's name; within an mbox with the message's place in it.
    pub name: String,
    pub raw: Vec<u8>,
    /// The file's own time, for a message that does not say when it was received.
    pub fallback_time: Timestamp,
}

/// Every message of the paths, in the order given; within a directory by name.
///
/// # Errors
/// Where a path does not exist or cannot be read.
pub fn read_all(paths: &[PathBuf]) -> anyhow::Result<Vec<SavedMessage>> {
    let mut messages = Vec::new();
    for path in paths {
        read_path(path, &mut messages).with_context(|| format!("cannot read {}", path.display()))?;
    }
    Ok(messages)
}

/// What standard input holds, as one message.
///
/// # Errors
/// Where it cannot be read.
pub fn read_standard_input() -> anyhow::Result<SavedMessage> {
    let mut raw = Vec::new();
    std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut raw).context("cannot read standard input")?;
    Ok(SavedMessage { name: "-".to_owned(), raw, fallback_time: Timestamp::UNIX_EPOCH })
}

fn read_path(path: &Path, messages: &mut Vec<SavedMessage>) -> anyhow::Result<()> {
    let is_maildir = path.join("cur").is_dir() && path.join("new").is_dir();
    if is_maildir {
        read_directory(&path.join("cur"), messages)?;
        read_directory(&path.join("new"), messages)
    } else if path.is_dir() {
        read_directory(path, messages)
    } else {
        read_file(path, messages)
    }
}

fn read_directory(directory: &Path, messages: &mut Vec<SavedMessage>) -> anyhow::Result<()> {
    let mut entries =
        std::fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    entries.sort();
    for entry in entries {
        let hidden = entry.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden {
            read_path(&entry, messages)?;
        }
    }
    Ok(())
}

fn read_file(path: &Path, messages: &mut Vec<SavedMessage>) -> anyhow::Result<()> {
    let metadata = path.metadata()?;
    if !metadata.is_file() {
        bail!("it is neither a file nor a directory");
    }
    let fallback_time =
        metadata.modified().ok().and_then(|time| Timestamp::try_from(time).ok()).unwrap_or(Timestamp::UNIX_EPOCH);
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let bytes = std::fs::read(path)?;
    if !bytes.starts_with(b"From ") {
        messages.push(SavedMessage { name, raw: bytes, fallback_time });
        return Ok(());
    }
    let parts = split_mbox(&bytes);
    messages.extend(parts.into_iter().zip(1..).map(|(raw, place)| SavedMessage {
        name: format!("{name}:{place}"),
        raw,
        fallback_time,
    }));
    Ok(())
}

/// The messages of an mbox: each begins after a line that starts with "From ", and ">From " was "From ".
fn split_mbox(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut messages: Vec<Vec<u8>> = Vec::new();
    let mut after_blank = true;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if after_blank && line.starts_with(b"From ") {
            messages.push(Vec::new());
        } else if let Some(message) = messages.last_mut() {
            message.extend_from_slice(unescaped(line));
        }
        after_blank = line == b"\n" || line == b"\r\n";
    }
    messages
}

fn unescaped(line: &[u8]) -> &[u8] {
    let marks = line.iter().take_while(|byte| **byte == b'>').count();
    let is_escaped = marks > 0 && line.get(marks..).is_some_and(|rest| rest.starts_with(b"From "));
    if is_escaped { line.get(1..).unwrap_or(line) } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_mbox_is_split_at_its_from_lines() {
        let mbox =
            b"From a@b.example Mon\nSubject: one\n\n>From here on\n\nFrom c@d.example Tue\nSubject: two\n\nbody\n";
        let messages: Vec<String> = split_mbox(mbox).into_iter().map(|raw| String::from_utf8(raw).unwrap()).collect();
        assert_eq!(messages, ["Subject: one\n\nFrom here on\n\n", "Subject: two\n\nbody\n"]);
    }
}
