//! People on both engines: who is known and what was given, a password with its codes, sessions, and the last owner.

use muster_proto::time::Span;
use muster_server::auth::{self, Grant, NewLink, Role, Secret, Visit};
use muster_server::error::ActionError;
use muster_server::people::{self, NewPerson, PersonChange, Typed};
use muster_server::version::IfMatch;
use totp_rs::Builder;

use crate::support::{ADDRESS, World, me};

const PASSWORD: &str = "correct horse battery";

fn visit() -> Visit {
    Visit { address: ADDRESS, browser: "a browser".to_owned() }
}

fn in_org(role: Role, org: &str) -> Grant {
    Grant { role, org: Some(org.to_owned()) }
}

fn code_of<T>(done: Result<T, ActionError>) -> String {
    done.err().expect("refused").problem().code
}

pub async fn people(world: &World) {
    known(world).await;
    passwords(world).await;
    owners(world).await;
}

async fn known(world: &World) {
    let app = &world.app;
    for name in ["Анна", "boris", "Boris"] {
        let grants = vec![in_org(Role::Operator, "minfin"), Grant { role: Role::Auditor, org: None }];
        let new = NewPerson { name: name.to_owned(), grants, ..NewPerson::default() };
        people::add(app, &me(), new).await.expect("a person");
    }
    let first = people::list(app, None, 2).await.expect("a page");
    let rest = people::list(app, first.next.clone(), 2).await.expect("a page");
    assert_eq!((first.people.len(), rest.people.len(), rest.next), (2, 1, None));
    let before = people::show(app, "Анна").await.expect("a person");
    let all = [Grant { role: Role::Auditor, org: None }, in_org(Role::Operator, "minfin")];
    assert_eq!(before.grants, all);
    let again = PersonChange { grants: Some(all.to_vec()), ..PersonChange::default() };
    let same = people::edit(app, &me(), "Анна", IfMatch::default(), again).await.expect("the same");
    assert_eq!(same, before, "engines sort each in their own way, and people see one order");
    let change = PersonChange {
        title: Some("Head".to_owned()),
        address: Some(Some("anna@example.org".to_owned())),
        grants: Some(vec![in_org(Role::Helpdesk, "minenergo")]),
    };
    let after = people::edit(app, &me(), "Анна", IfMatch::default(), change).await.expect("changed");
    assert_eq!(people::show(app, "Анна").await.expect("a person"), after);
    for name in ["boris", "Boris"] {
        people::remove(app, &me(), name).await.expect("removed");
    }
}

async fn passwords(world: &World) {
    let app = &world.app;
    let link = people::make_set_up_link(app, &me(), "Анна").await.expect("a link").link;
    let link = Secret::presented(link.rsplit('=').next().expect("its secret")).expect("a secret");
    let set_up = people::look(app, &link).await.expect("an answer").expect("it holds");
    let secret = totp_rs::Secret::try_from_base32(&set_up.secret).expect("base 32");
    let totp = Builder::new().with_secret(secret).build().expect("a generator");
    let code = || totp.generate(app.now().secs().unsigned_abs()).to_string();
    let done = people::finish(app, &link, set_up, (PASSWORD, &code()), &visit()).await.expect("done");
    assert_eq!(done.codes.len(), 10);
    assert!(people::look(app, &link).await.expect("an answer").is_none(), "it works once");
    let typed = |code: &str, password: &str| Typed {
        name: "Анна".to_owned(),
        password: password.to_owned(),
        code: code.to_owned(),
    };
    let come = async |code: &str, password: &str| {
        people::sign_in(app, typed(code, password), &visit()).await.expect("an answer").is_some()
    };
    assert!(!come(&code(), PASSWORD).await, "the code was used");
    assert!(come(&done.codes[0], PASSWORD).await && !come(&done.codes[0], PASSWORD).await);
    world.clock.pass(Span::from_secs(60));
    assert!(come(&code(), PASSWORD).await);
    assert_eq!(people::sessions_of(app, "Анна").await.expect("sessions").len(), 3);
    for _ in 0..5 {
        assert!(!come("000000", "wrong").await);
    }
    assert!(!come(&done.codes[1], PASSWORD).await, "it waits");
    people::enable(app, &me(), "Анна").await.expect("let in");
    assert!(come(&done.codes[1], PASSWORD).await, "a person ended the wait");
    people::disable(app, &me(), "Анна").await.expect("shut out");
    assert!(people::sessions_of(app, "Анна").await.expect("sessions").is_empty());
    assert!(!come(&done.codes[2], PASSWORD).await, "shut out");
}

async fn owners(world: &World) {
    let app = &world.app;
    let owner = NewLink { role: Some(Role::Owner), ..NewLink::of("Owner") };
    auth::make_link(app, &me(), owner).await.expect("a link");
    assert_eq!(code_of(people::remove(app, &me(), "Owner").await), "last-owner");
    let second = NewLink { role: Some(Role::Owner), ..NewLink::of("Second") };
    auth::make_link(app, &me(), second).await.expect("a link");
    // of two who take each other away at once, one stays
    let (me, you) = (me(), me());
    let both = tokio::join!(people::disable(app, &me, "Owner"), people::disable(app, &you, "Second"));
    let refused = [both.0, both.1].into_iter().filter_map(Result::err).map(|error| error.problem().code);
    assert_eq!(refused.collect::<Vec<_>>(), ["last-owner"]);
}
