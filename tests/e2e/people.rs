//! People through the real programs: added, given roles, handed links, shut out; and somebody always owns the server.

use muster_tests::Server;
use serde_json::json;

#[test]
fn people_are_added_given_roles_and_shut_out() {
    let server = Server::start();
    let muster = |words: &[&str]| server.muster(words);
    let done = |words: &[&str]| drop(server.muster(words).ok());
    done(&["org", "add", "minfin", "--title", "Finance"]);
    done(&["person", "add", "Anna P", "--title", "Head", "--grant", "owner"]);
    done(&["person", "add", "Boris", "--grant", "operator:minfin,auditor"]);
    let shown = muster(&["person", "show", "Boris", "--json"]).json();
    assert_eq!(shown["grants"], json!([{ "role": "auditor" }, { "role": "operator", "org": "minfin" }]));
    let table = muster(&["person", "list"]).ok();
    assert!(table.text().contains("auditor, operator:minfin"), "{}", table.text());
    let edited = muster(&["person", "edit", "Boris", "--grant", "helpdesk", "--json"]).json();
    assert_eq!(edited["grants"], json!([{ "role": "helpdesk" }]));

    let unknown = muster(&["sign-in-link", "--name", "Clara"]).ends(2);
    assert!(unknown.stderr.contains("unknown-person"), "{}", unknown.stderr);
    done(&["sign-in-link", "--name", "Clara", "--role", "auditor", "--org", "minfin"]);
    let link = muster(&["person", "link", "Anna P"]).ok();
    assert!(link.text().starts_with(&format!("{}/set-up?link=", server.address())), "{}", link.text());
    for whose in [&["--person", "Anna P"][..], &[]] {
        let list = muster(&[&["session", "list", "--json"], whose].concat()).json();
        assert_eq!(list, json!([]));
    }

    done(&["person", "disable", "Boris"]);
    muster(&["person", "link", "Boris"]).refused("person-disabled");
    done(&["person", "enable", "Boris"]);
    done(&["person", "link", "Boris"]);

    // the first administrator owns the server, too
    done(&["person", "remove", "admin"]);
    for what in ["disable", "remove"] {
        muster(&["person", what, "Anna P"]).refused("last-owner");
    }
    let audit = muster(&["audit", "list", "--json"]).ok();
    for action in ["person.add", "person.edit", "person.disable", "person.set-up-link", "person.remove"] {
        assert!(audit.text().contains(action), "{action}");
    }
}
