//! The account file: who has a home, and who is root.

use super::LinuxRoot;
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

    /// The homes of people: those that the accounts name, and every folder in `/home`.
    pub(super) fn homes(&self) -> Result<Vec<String>, Reason> {
        let people = |account: &Account| account.uid >= FIRST_PERSON && account.uid != NOBODY;
        let accounts = self.accounts();
        let mut homes: Vec<String> = match &accounts {
            Ok(accounts) => accounts.iter().filter(|row| people(row)).map(|row| row.home.clone()).collect(),
            Err(_) => Vec::new(),
        };
        match self.files.names("home") {
            Ok(names) => {
                homes.extend(names.iter().filter_map(|name| Some(format!("/home/{}", name.to_str()?))))
            }
            Err(Reason::Absent) => {}
            // Without a look into /home the account file must do.
            Err(reason) => drop(accounts.map_err(|_| reason)?),
        }
        homes.retain(|home| home.starts_with('/') && self.files.exists(home) != Ok(false));
        homes.sort();
        homes.dedup();
        Ok(homes)
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
    fn rows_are_read_and_nonsense_passed_over() {
        let row = account("toor:x:0:0::/root:/bin/sh").unwrap();
        assert_eq!(row, Account { name: "toor".to_owned(), uid: 0, home: "/root".to_owned() });
        assert_eq!(account("x:x:many:0::/:"), None);
        assert_eq!(account(""), None);
        assert_eq!(account("a:b"), None);
        assert_eq!(account("+::::::"), None);
    }
}
