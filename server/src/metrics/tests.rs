use super::*;

fn metrics() -> Metrics {
    Metrics::new(Timestamp::from_secs(1), &store::Meter::default(), &ingest::Meter::default())
}

#[test]
fn the_documentation_has_every_metric() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/metrics.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (before, rest) = text.split_once("<!-- metrics -->\n").expect("where the table begins");
    let (table, after) = rest.split_once("<!-- end -->").expect("where it ends");
    let wanted = metrics().book().table();
    if std::env::var_os("MUSTER_WRITE").is_some() {
        std::fs::write(path, format!("{before}<!-- metrics -->\n{wanted}<!-- end -->{after}")).unwrap();
    } else {
        assert!(
            table == wanted,
            "write it anew: MUSTER_WRITE=1 cargo test -p muster-server documentation_has"
        );
    }
}

#[test]
fn names_follow_the_conventions() {
    for Entry { name, kind, help, labels } in metrics().book().entries() {
        assert!(name.starts_with("muster_") || name.starts_with("process_"), "{name}");
        assert_eq!(kind == "counter", name.ends_with("_total"), "{name}");
        assert!(help.ends_with('.'), "{name}: {help}");
        for forbidden in ["device", "id", "user", "actor", "address", "model", "asset_tag"] {
            assert!(!labels.iter().any(|label| label == forbidden), "{name} by {forbidden}");
        }
    }
}
