//! Moving messages that are kept out of an IMAP inbox.
//!
//! With MOVE (RFC 6851) it is one command. Without it: COPY, mark ours as deleted, and expunge ours alone (UIDPLUS, RFC
//! 4315). A server without UIDPLUS can only expunge everything that is marked, which might be mail that a member of
//! staff has marked and may still want back; there we expunge only when nothing but ours is marked, and otherwise leave
//! ours in the inbox, marked, until somebody expunges.

use std::collections::HashSet;

use async_imap::imap_proto::{AttributeValue, MailboxDatum, NameAttribute, Response};

use super::fetching::uid_set;
use super::imap::ImapSettings;
use super::session::Session;
use super::utf7::{encoded, quoted};
use super::{Folder, MailboxError};

/// How many UIDs go into one command: servers bound the length of a line.
const AT_ONCE: usize = 500;

impl Session {
    pub(super) async fn file_all(
        &mut self,
        uid_validity: i64,
        moves: &[(i64, Folder)],
        settings: &ImapSettings,
    ) -> Result<(), MailboxError> {
        self.expect(uid_validity)?;
        // A message that this session was not told of yet, but another daemon was, the server would pass over with an OK.
        self.run("NOOP", "NOOP", |_| ()).await?;
        let folders = [(Folder::Processed, &settings.processed_folder), (Folder::Review, &settings.review_folder)];
        for (folder, name) in folders {
            let uids: Vec<i64> = moves.iter().filter(|(_, to)| *to == folder).map(|(uid, _)| *uid).collect();
            for chunk in uids.chunks(AT_ONCE) {
                self.file(chunk, name).await?;
            }
        }
        Ok(())
    }

    async fn file(&mut self, uids: &[i64], name: &str) -> Result<(), MailboxError> {
        let folder = self.folder(name).await?;
        let refused = match self.transfer(uids, &folder).await {
            Err(refused @ MailboxError::Refused { .. }) => refused,
            other => return other,
        };
        // the folder may have been deleted since we saw it, and some servers refuse to move what is gone
        let left: Vec<i64> = self.marks(uids).await?.into_iter().map(|(uid, _)| uid).collect();
        if left.is_empty() {
            return Ok(());
        }
        self.folders.remove(name);
        let again = self.folder(name).await?;
        self.transfer(&left, &again).await.map_err(|_| refused)
    }

    async fn transfer(&mut self, uids: &[i64], folder: &str) -> Result<(), MailboxError> {
        if self.can("MOVE") {
            let command = format!("UID MOVE {} {folder}", uid_set(uids.iter().copied()));
            return self.run("MOVE", &command, |_| ()).await;
        }
        self.copy(uids, folder).await?;
        self.delete(uids).await
    }

    /// Copies those that were not copied before: an earlier attempt that was cut off has left them marked as deleted.
    async fn copy(&mut self, uids: &[i64], folder: &str) -> Result<(), MailboxError> {
        let marks = self.marks(uids).await?;
        let unmarked = uid_set(marks.into_iter().filter(|(_, deleted)| !deleted).map(|(uid, _)| uid));
        if unmarked.is_empty() {
            return Ok(());
        }
        self.run("COPY", &format!("UID COPY {unmarked} {folder}"), |_| ()).await
    }

    async fn delete(&mut self, uids: &[i64]) -> Result<(), MailboxError> {
        let set = uid_set(uids.iter().copied());
        self.run("STORE", &format!("UID STORE {set} +FLAGS.SILENT (\\Deleted)"), |_| ()).await?;
        if self.can("UIDPLUS") {
            return self.run("EXPUNGE", &format!("UID EXPUNGE {set}"), |_| ()).await;
        }
        let ours: HashSet<i64> = uids.iter().copied().collect();
        if self.marked().await?.is_subset(&ours) {
            return self.run("EXPUNGE", "EXPUNGE", |_| ()).await;
        }
        tracing::info!(
            "Filed messages stay in the inbox, marked as deleted: other mail is marked there too, and the server \
             cannot expunge ours alone"
        );
        Ok(())
    }

    /// Those of these messages that lie in the inbox, and whether they are marked as deleted.
    async fn marks(&mut self, uids: &[i64]) -> Result<Vec<(i64, bool)>, MailboxError> {
        let mut marks = Vec::new();
        let command = format!("UID FETCH {} (FLAGS)", uid_set(uids.iter().copied()));
        self.run("FETCH", &command, |response| marks.extend(mark(response))).await?;
        Ok(marks)
    }

    /// Every message that is marked as deleted.
    async fn marked(&mut self) -> Result<HashSet<i64>, MailboxError> {
        let mut marked = HashSet::new();
        self.run("SEARCH", "UID SEARCH DELETED", |response| {
            if let Response::MailboxData(MailboxDatum::Search(uids)) = response {
                marked.extend(uids.iter().map(|uid| i64::from(*uid)));
            }
        })
        .await?;
        Ok(marked)
    }

    /// The wire name of a folder, quoted; the folder is made and subscribed to where it is missing.
    ///
    /// Some servers keep all folders below INBOX: where the name itself does not exist and cannot be made, it is
    /// looked for and made there.
    async fn folder(&mut self, name: &str) -> Result<String, MailboxError> {
        if let Some(known) = self.folders.get(name) {
            return Ok(known.clone());
        }
        let delimiter = self.delimiter().await?;
        let plain = encoded(&name.replace('/', &delimiter));
        let below = format!("INBOX{delimiter}{plain}");
        let wire = if self.folder_exists(&plain).await? {
            plain
        } else if self.folder_exists(&below).await? {
            below
        } else {
            self.make_folder(plain, below).await?
        };
        let folder = quoted(&wire);
        self.folders.insert(name.to_owned(), folder.clone());
        Ok(folder)
    }

    async fn make_folder(&mut self, plain: String, below: String) -> Result<String, MailboxError> {
        let made = match self.create(&plain).await {
            Ok(()) => plain,
            // another daemon has made it in the meantime
            Err(MailboxError::Refused { .. }) if self.folder_exists(&plain).await? => return Ok(plain),
            Err(refused @ MailboxError::Refused { .. }) => {
                self.create(&below).await.map_err(|_| refused)?;
                below
            }
            Err(error) => return Err(error),
        };
        tracing::info!(folder = made, "Made a folder for filed messages");
        match self.run("SUBSCRIBE", &format!("SUBSCRIBE {}", quoted(&made)), |_| ()).await {
            // mail programs may not show it then, but mail can be filed
            Ok(()) | Err(MailboxError::Refused { .. }) => Ok(made),
            Err(error) => Err(error),
        }
    }

    async fn create(&mut self, wire: &str) -> Result<(), MailboxError> {
        self.run("CREATE", &format!("CREATE {}", quoted(wire)), |_| ()).await
    }

    /// What divides the levels of folder names on this server.
    async fn delimiter(&mut self) -> Result<String, MailboxError> {
        let mut delimiter = None;
        self.run("LIST", "LIST \"\" \"\"", |response| {
            if let Response::MailboxData(MailboxDatum::List(list)) = response {
                delimiter = list.delimiter.as_deref().map(str::to_owned);
            }
        })
        .await?;
        Ok(delimiter.unwrap_or_else(|| "/".to_owned()))
    }

    pub(super) async fn folder_exists(&mut self, wire: &str) -> Result<bool, MailboxError> {
        let mut exists = false;
        self.run("LIST", &format!("LIST \"\" {}", quoted(wire)), |response| {
            if let Response::MailboxData(MailboxDatum::List(list)) = response {
                exists |= list.name_attributes.iter().all(selectable);
            }
        })
        .await?;
        Ok(exists)
    }

    /// One sentence on what a connection has found, for the operator.
    pub(super) async fn summary(&mut self, settings: &ImapSettings) -> Result<String, MailboxError> {
        let mut folders = Vec::new();
        let delimiter = self.delimiter().await?;
        for name in [&settings.processed_folder, &settings.review_folder] {
            let plain = encoded(&name.replace('/', &delimiter));
            let there =
                self.folder_exists(&plain).await? || self.folder_exists(&format!("INBOX{delimiter}{plain}")).await?;
            folders.push(format!("{name} {}", if there { "exists" } else { "will be made" }));
        }
        let has = |capability| if self.can(capability) { "yes" } else { "no" };
        Ok(format!(
            "{}: logged in; {} holds {} messages; {}; IDLE {}, MOVE {}, UIDPLUS {}",
            settings.server.address(),
            settings.folder,
            self.exists,
            folders.join(", "),
            has("IDLE"),
            has("MOVE"),
            has("UIDPLUS"),
        ))
    }
}

fn mark(response: &Response<'_>) -> Option<(i64, bool)> {
    let Response::Fetch(_, attributes) = response else { return None };
    let uid = attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::Uid(uid) => Some(i64::from(*uid)),
        _ => None,
    });
    let deleted = attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::Flags(flags) => Some(flags.iter().any(|flag| flag.eq_ignore_ascii_case("\\Deleted"))),
        _ => None,
    });
    uid.zip(deleted)
}

/// A folder that only exists as a level of names holds no messages.
fn selectable(attribute: &NameAttribute<'_>) -> bool {
    match attribute {
        NameAttribute::NoSelect => false,
        NameAttribute::Extension(name) => !name.eq_ignore_ascii_case("\\NonExistent"),
        _ => true,
    }
}
