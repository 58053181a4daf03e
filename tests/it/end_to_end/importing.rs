//! Mail of years ago is copied into the mailbox while the daemon is at work.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, SystemTime};

use super::{Vendor, whole_request};
use crate::lab;

/// So many of each kind.
const MESSAGES: usize = 20;
const YEARS: Duration = Duration::from_secs(3 * 365 * 86_400);

#[test]
fn nothing_is_answered_that_is_years_old() {
    let customers = (0..2 * MESSAGES).map(|at| format!("old{at}@machines.test")).collect();
    let vendor = Vendor::with(lab::up(), customers, None);
    let daemon = vendor.run();
    daemon.says("rmad is at work");
    import(&vendor);
    vendor.filed(0, 2 * MESSAGES);
    assert_eq!(vendor.ledger().outbox.accepted, 0);
    daemon.stop();
    vendor.has_withheld(2 * MESSAGES, "the message is older than delivery.max_age_days");
}

/// Half of the messages come with the dates that their old mailbox had for them, the others as new: there the Received
/// field alone tells.
fn import(vendor: &Vendor<'_>) {
    let old = tempfile::tempdir().unwrap();
    for folder in ["", "cur", "new", "tmp"].map(|name| old.path().join(name)) {
        fs::create_dir_all(&folder).unwrap();
        // Dovecot keeps notes there
        fs::set_permissions(&folder, Permissions::from_mode(0o777)).unwrap();
    }
    for at in 0..2 * MESSAGES {
        let received = "Received: from a by b; Mon, 3 Feb 2020 10:00:00 +0000\r\n";
        let (stamp, age) = if at < MESSAGES { ("", YEARS) } else { (received, Duration::ZERO) };
        let file = old.path().join(format!("cur/{at}.old:2,"));
        fs::write(&file, format!("{stamp}{}", whole_request(vendor, at))).unwrap();
        File::options().write(true).open(&file).unwrap().set_modified(SystemTime::now() - age).unwrap();
    }
    let location = format!("maildir:{}", old.path().display());
    vendor.lab.doveadm(&["import", "-u", &vendor.address, &location, "", "all"]);
}
