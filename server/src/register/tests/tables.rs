//! Tables of phones.

use super::*;

async fn import(world: &World, query: &str, file: impl Into<Body>) -> Answer {
    let request = Request::post(format!("/api/v1/assets/import?{query}"))
        .header(header::AUTHORIZATION, format!("Bearer {}", world.token));
    world.send(request.body(file.into()).unwrap()).await
}

#[tokio::test]
async fn a_table_adds_changes_and_strikes_nothing_out() {
    let world = world().await;
    org(&world, "tax", Some("minfin")).await;
    let phone = world.phone("R570E", "MF-1").await;
    let file = "Инвентарный номер;Серийный номер;Владелец;Организация;Платформа;Отдел\r\n\
                mf-1;S1;Иванов;;;7\r\nMF-2;S2;;Org Tax;iOS;7\r\n;S3;Сидоров;tax;;7\r\n";
    let asked = import(&world, "org=minfin&dry_run=true", file).await.json();
    let wanted = json!({ "lines": 3, "added": 3, "changed": 0, "unchanged": 0, "linked": 1, "ignored": ["Отдел"],
        "refused": [], "refused_lines": 0, "dry_run": true });
    assert_eq!(asked, wanted);
    assert!(tags(&world, "").await.is_empty(), "it was only asked");
    let done = import(&world, "org=minfin", file).await;
    assert_eq!((done.status, &done.json()["added"]), (StatusCode::OK, &json!(3)), "{}", done.text);
    let list = world.get("/assets?counts=true").await.json();
    let counts = json!({ "all": 3, "expected": 2, "reporting": 1, "missing": 1, "declared": 0, "left_over": 0,
        "unregistered": 0, "to_return": 0, "moved": 0, "unclear": 0 });
    assert_eq!(list["counts"], counts);
    assert_eq!(list["assets"][1]["device"], json!(phone.id), "{list}");
    let again = import(&world, "org=minfin", file).await.json();
    assert_eq!(
        (&again["unchanged"], &again["changed"]),
        (&json!(3), &json!(0)),
        "the same again changes nothing"
    );
    let back = import(&world, "", "serial,carrier,life\nS3,,lost\nS1,Ivanov,handed-out\n").await.json();
    assert_eq!((&back["changed"], &back["added"]), (&json!(2), &json!(0)), "{back}");
    let audit = world.get("/audit?action=asset.import").await.text;
    assert!(
        audit.contains("3 added, 0 changed (0 reassigned, 0 elsewhere in their lives), 1 linked"),
        "{audit}"
    );
    assert!(audit.contains("2 changed (2 reassigned, 1 elsewhere in their lives), 0 linked"), "{audit}");
    assert!(!audit.contains("Ivanov"), "{audit}");
    let lost = world.get("/assets?life=lost").await.json();
    assert_eq!((&lost["assets"][0]["serial"], &lost["assets"][0]["carrier"]), (&json!("S3"), &json!(null)));
    assert_eq!(tags(&world, "life=in-use&text=IVANOV").await, ["mf-1"], "it had enrolled meanwhile");
    // what was exported is what is there
    let table = world.get("/assets?format=csv").await;
    let head = "\"tag\",\"serial\",\"carrier\",\"carrier_id\",\"org\"";
    assert!(table.text.starts_with(head), "{}", table.text);
    let same = import(&world, "", table.text).await.json();
    assert_eq!((&same["unchanged"], &same["ignored"]), (&json!(3), &json!([])), "{same}");
}

#[tokio::test]
async fn a_cost_without_its_currency_changes_nothing() {
    let world = world().await;
    let yen = json!({ "org": "minfin", "tag": "A-1", "cost": 4500, "currency": "JPY" });
    let asset = add(&world, yen).await;
    for table in ["tag;cost\nA-1;4500\n", "tag;currency\nA-1;RUB\n"] {
        let (status, code, text) = refusal(&import(&world, "", table).await);
        assert_eq!((status, code.as_str()), (422, "register-rows"), "{text}");
        assert!(text.contains("on the same line"), "{text}");
    }
    let done = import(&world, "", "tag;cost;currency\nA-1;4600;JPY\n").await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    let now = show(&world, &asset).await;
    assert_eq!((&now["cost"], &now["currency"]), (&json!(4600), &json!("JPY")));
}

#[tokio::test]
async fn every_flawed_line_is_named_and_none_is_taken() {
    let world = world().await;
    add(&world, json!({ "org": "minfin", "tag": "A-1", "serial": "S1" })).await;
    add(&world, json!({ "org": "minfin", "tag": "A-2", "life": "retired" })).await;
    let file = "tag,serial,org,life,cost\nN-1,,minfin,spare,\nA-2,,minfin,in-use,\nN-2,s1,minfin,,\nn-1,,minfin,,\n,,minfin,,\nN-3,,mars,,\n\
                N-4,,minfin,,5\nN-5,,,,\n";
    let asked = import(&world, "dry_run=true", file).await.json();
    let refused: Vec<(u64, String)> = asked["refused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["line"].as_u64().unwrap(), one["column"].as_str().unwrap_or("–").to_owned()))
        .collect();
    let wanted = [(3, "life"), (4, "serial"), (5, "tag"), (6, "–"), (7, "org"), (8, "cost"), (9, "org")];
    assert_eq!(refused, wanted.map(|(line, column)| (line, column.to_owned())), "{asked}");
    assert_eq!(
        (&asked["lines"], &asked["added"], &asked["refused_lines"]),
        (&json!(8), &json!(1), &json!(7))
    );
    let (status, code, text) = refusal(&import(&world, "", file).await);
    assert_eq!((status, code.as_str()), (422, "register-rows"));
    assert!(
        text.contains("line 3: life: it is retired, and can become spare, not in-use")
            && text.contains("line 5: tag: line 2 has it, too"),
        "{text}"
    );
    assert_eq!(tags(&world, "").await, ["A-1", "A-2"]);
    assert_eq!(refusal(&import(&world, "", "a;b\n").await).1, "register-columns");
    assert_eq!(refusal(&import(&world, "org=mars", "tag\nx\n").await).0, 404);
}
