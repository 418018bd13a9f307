//! The account file: who has a home, and who is root.

use super::{LinuxRoot, graver};
use muster_proto::facts::Reason;

/// The account that owns nothing; its home is none.
const NOBODY: u64 = 65_534;
/// People's accounts begin here.
const FIRST_PERSON: u64 = 1000;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub name: String,
    pub uid: u64,
    pub home: String,
}

impl LinuxRoot {
    /// The rows of `/etc/passwd` that can be understood.
    pub(super) fn accounts(&self) -> Result<Vec<Account>, Reason> {
        let text = self.files.text("etc/passwd")?;
        Ok(text.lines().filter_map(account).collect())
    }

    /// The homes of people: those that the accounts name, and every folder in `/home`; and why there may be more of them.
    pub(super) fn homes(&self) -> (Vec<String>, Option<Reason>) {
        let people = |account: &Account| account.uid >= FIRST_PERSON && account.uid != NOBODY;
        let accounts = self.accounts();
        let mut homes: Vec<String> = match &accounts {
            Ok(accounts) => accounts.iter().filter(|row| people(row)).map(|row| row.home.clone()).collect(),
            Err(_) => Vec::new(),
        };
        // An account file that can't be read may name homes elsewhere; one that isn't there names none.
        let mut why = accounts.err();
        match self.files.names("home") {
            Ok(names) => {
                homes.extend(names.iter().filter_map(|name| Some(format!("/home/{}", name.to_str()?))));
                why = why.filter(|reason| *reason != Reason::Absent);
            }
            Err(Reason::Absent) => why = why.filter(|reason| *reason != Reason::Absent),
            // Without a look into /home the account file must do.
            Err(reason) => why = why.map(|before| graver(before, reason)),
        }
        homes.retain(|home| home.starts_with('/') && self.files.exists(home) != Ok(false));
        homes.sort();
        homes.dedup();
        (homes, why)
    }
}

fn account(row: &str) -> Option<Account> {
    let mut fields = row.split(':');
    let name = fields.next().filter(|name| !name.is_empty() && !name.starts_with('#'))?;
    let uid = fields.nth(1)?.trim().parse().ok()?;
    let home = fields.nth(2)?;
    Some(Account { name: name.to_owned(), uid, home: home.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_homes_says_whether_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let root = LinuxRoot::new(folder.path());
        assert_eq!(root.homes(), (Vec::new(), None));
        std::fs::create_dir_all(folder.path().join("home/anna")).unwrap();
        assert_eq!(root.homes(), (vec!["/home/anna".to_owned()], None));
        std::fs::create_dir_all(folder.path().join("etc")).unwrap();
        std::fs::create_dir_all(folder.path().join("srv/boris")).unwrap();
        let passwd = folder.path().join("etc/passwd");
        std::fs::write(&passwd, "boris:x:1000:1000::/srv/boris:/bin/sh\n").unwrap();
        assert_eq!(root.homes(), (vec!["/home/anna".to_owned(), "/srv/boris".to_owned()], None));
        // Longer than what is read of a file.
        std::fs::write(&passwd, "#".repeat(100_000)).unwrap();
        assert_eq!(root.homes(), (vec!["/home/anna".to_owned()], Some(Reason::Failed)));
    }

    #[test]
    fn rows_are_read_and_nonsense_passed_over() {
        let row = account("toor:x:0:0::/root:/bin/sh").unwrap();
        assert_eq!(row, Account { name: "toor".to_owned(), uid: 0, home: "/root".to_owned() });
        assert_eq!(account("x:x:many:0::/:"), None);
        assert_eq!(account(""), None);
        assert_eq!(account("a:b"), None);
        assert_eq!(account("+::::::"), None);
    }
}
