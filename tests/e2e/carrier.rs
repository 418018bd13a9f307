//! A phone's own page through the real programs: the agent makes the link, the page shows what was reported, a check reaches the phone, and
//! a dispute is answered from the command line.

mod support;

use muster_fleet::http::{Answer, Connection};
use muster_tests::{Agent, Root, Server, wait_for};
use std::time::Duration;
use support::target;

const FORM: &str = "content-type: application/x-www-form-urlencoded\r\n";

/// A browser with one cookie.
struct Browser {
    runtime: tokio::runtime::Runtime,
    connection: Connection,
    cookie: String,
}

impl Browser {
    fn open(server: &Server) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let connection = runtime.block_on(target(server).connect()).expect("a connection");
        Self { runtime, connection, cookie: String::new() }
    }

    fn ask(&mut self, method: &str, path: &str, form: &str) -> Answer {
        let kind = if method == "POST" { FORM } else { "" };
        let headers = format!("cookie: {}\r\n{kind}", self.cookie);
        let answer = self.connection.send(method, path, &headers, form.as_bytes());
        let answer = self.runtime.block_on(answer).expect("an answer");
        if let Some(set) = answer.header("set-cookie") {
            self.cookie = set.split(';').next().unwrap_or_default().to_owned();
        }
        answer
    }

    /// What the page says.
    fn page(&mut self) -> String {
        let answer = self.ask("GET", "/mine", "");
        assert_eq!(answer.status, 200);
        String::from_utf8(answer.body).expect("text")
    }

    /// Sends a form of the page.
    fn send(&mut self, path: &str, form: &str) -> u16 {
        let page = self.page();
        let csrf = page.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let csrf = csrf.expect("a form").to_owned();
        self.ask("POST", path, &format!("csrf={csrf}&{form}")).status
    }
}

#[test]
fn a_carrier_looks_asks_disputes_and_is_answered() {
    let server = Server::start_with(&["--log", "debug"]);
    server.with_officials("minfin");
    let agent = Agent::enrol(&server.link("minfin"), &Root::copy("aurora-5.1-telegram"));
    let id = agent.id();
    let _service = agent.service();
    wait_for("the first report", Duration::from_secs(30), || {
        (!server.device(&id)["last_fresh"].is_null()).then_some(())
    });

    let link = agent.run(&["open", "--json"]).json()["link"].as_str().expect("a link").to_owned();
    let path = link.strip_prefix(server.address()).expect("this server's").to_owned();
    let mut browser = Browser::open(&server);
    assert_eq!(browser.ask("GET", &path, "").status, 200);
    let signed = path.split("link=").nth(1).expect("a message").to_owned();
    assert_eq!(browser.ask("POST", "/mine/open", &format!("link={signed}")).status, 303);
    let page = browser.page();
    assert!(page.contains("telegram") && page.contains(&id), "{page}");
    assert_eq!(Browser::open(&server).ask("POST", "/mine/open", &format!("link={signed}")).status, 409);

    assert_eq!(browser.send("/mine/check", ""), 303);
    let orders = || server.muster(&["order", "list", "--device", &id, "--json"]).json();
    wait_for("the phone's answer", Duration::from_secs(30), || {
        (orders()[0]["state"] == "reported").then_some(())
    });
    assert_eq!(orders()[0]["requested_by"], format!("carrier:{id}"));
    assert_eq!(browser.send("/mine/check", ""), 429);

    let rule = server.device(&id)["findings"][0]["rule"].as_str().expect("a rule").to_owned();
    assert_eq!(browser.send("/mine/dispute", &format!("rule={rule}&text=It+is+gone.")), 303);
    let listed = server.muster(&["dispute", "list", "--state", "open", "--json"]).json();
    let number = listed[0]["id"].to_string();
    assert_eq!((&listed[0]["text"], &listed[0]["rule"]), (&"It is gone.".into(), &rule.as_str().into()));
    let shown = server.muster(&["dispute", "show", &number]).ok();
    assert!(shown.text().contains("It is gone."), "{}", shown.text());
    let _ = server.muster(&["dispute", "answer", &number, "We see it still.", "--close"]).ok();
    server.muster(&["dispute", "answer", &number, "Once more."]).refused("dispute-closed");
    assert!(browser.page().contains("We see it still."));
    let file = server.data().join("export.ndjson");
    let _ = server.muster(&["device", "export", &id, "--out", &file.display().to_string()]).ok();
    assert!(std::fs::read_to_string(file).expect("a file").contains("We see it still."));

    assert_eq!(browser.send("/mine/leave", ""), 200);
    assert_eq!(browser.ask("GET", "/mine", "").status, 401);
    let log = std::fs::read_to_string(server.data().join("server.err")).expect("the log");
    assert!(log.contains("/mine/open"), "requests are in the log: {log}");
    assert!(!log.contains(&signed), "a link is in the log");
}
