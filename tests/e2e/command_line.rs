//! The command line as programs, shells and terminals meet it.

use muster_tests::{Agent, Root, Running, Server, program, repo, run};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

#[test]
fn shells_read_their_completions() {
    let folder = TempDir::new().expect("a folder");
    for name in ["muster", "muster-server"] {
        for shell in ["bash", "zsh", "fish"] {
            let ran = run(Command::new(program(name)).args(["completions", shell])).expect("it ran").ok();
            let text = ran.text();
            assert!(text.contains(name), "{shell}");
            let file = folder.path().join(shell);
            std::fs::write(&file, &ran.stdout).expect("a file");
            // a shell that isn't installed has nobody to complain about it
            if let Ok(read) = Command::new(shell).arg("-n").arg(&file).output() {
                assert!(read.status.success(), "{shell}: {}", String::from_utf8_lossy(&read.stderr));
            }
        }
    }
    let script = "source \"$1\"; COMP_WORDS=(muster dev); COMP_CWORD=1; _muster muster dev muster; echo \"${COMPREPLY[*]}\"";
    let done = run(Command::new("bash").args(["-c", script, "bash"]).arg(muster_completions(&folder)))
        .expect("bash")
        .ok();
    assert_eq!(done.text().trim(), "device");
}

fn muster_completions(folder: &TempDir) -> PathBuf {
    let file = folder.path().join("muster.bash");
    let ran = run(Command::new(program("muster")).args(["completions", "bash"])).expect("it ran").ok();
    std::fs::write(&file, ran.stdout).expect("a file");
    file
}

#[test]
fn man_reads_every_page_without_a_warning() {
    let folder = TempDir::new().expect("a folder");
    for name in ["muster", "muster-server"] {
        let _ = run(Command::new(program(name)).arg("man").arg(folder.path())).expect("it ran").ok();
    }
    let pages: Vec<_> =
        std::fs::read_dir(folder.path()).expect("pages").map(|page| page.expect("a page").path()).collect();
    assert!(pages.len() > 40, "{}", pages.len());
    let reads = Command::new("man").arg("--version").stdout(Stdio::null()).status().is_ok();
    for page in pages.iter().filter(|_| reads) {
        let mut man = Command::new("man");
        let read = man
            .args(["--warnings", "-E", "UTF-8", "-l", "-Tutf8"])
            .arg(page)
            .env("MANWIDTH", "80")
            .output()
            .expect("man");
        let said = String::from_utf8_lossy(&read.stderr);
        assert!(read.status.success() && said.is_empty(), "{}: {said}", page.display());
    }
}

#[test]
fn colours_are_for_terminals() {
    let server = Server::start();
    server.with_officials("minfin");
    let list = ["org", "list"];
    assert!(!server.muster(&list).ok().text().contains('\u{1b}'));
    assert!(server.muster(&[&list[..], &["--color", "always"]].concat()).ok().text().contains('\u{1b}'));
}

#[test]
fn a_reader_who_has_seen_enough_is_no_failure() {
    let server = Server::start();
    server.with_officials("minfin");
    let line = "\"$0\" --data \"$1\" audit --json | true; exit ${PIPESTATUS[0]}";
    let ran =
        run(Command::new("bash").args(["-c", line]).arg(program("muster")).arg(server.data())).expect("bash");
    assert_eq!((ran.code(), ran.stderr.as_str()), (0, ""));
}

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn whoever_watches_sees_what_changes_as_it_does() {
    let server = Server::start();
    server.with_officials("minfin");
    let logs = TempDir::new().expect("a folder");
    let mut watch = Command::new(program("muster"));
    // an hour: what is seen sooner was told by the stream of events
    watch.arg("--data").arg(server.data()).args(["device", "list", "--watch=3600", "--json"]);
    let mut watch = Running::start(&mut watch, logs.path(), "watch").expect("it starts");
    watch.hush();
    let agent = Agent::enrol(&server.link("minfin"), &Root::copy("aurora-5.2-ok"));
    let _service = agent.service();
    let id = agent.id();
    let reported = |line: &str| {
        let one: Value = serde_json::from_str(line).expect("each line is JSON");
        (one["id"] == id.as_str() && !one["last_fresh"].is_null()).then_some(())
    };
    watch.line(0, PATIENCE, reported).expect("the device, once it has reported");

    let scan = server.muster(&["scan", &id, "--reason", "a test", "--watch", "--json"]).ok().text();
    let states: Vec<Value> = scan
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["state"].clone())
        .collect();
    assert_eq!(states.last(), Some(&Value::from("reported")), "{scan}");
}

/// A document for one organisation.
fn document(id: &str, org: &str) -> String {
    format!(
        "policy: {id}\ntitle: {{ en: {id}, ru: {id} }}\nrules:\n  - id: {id}-messengers\n    kind: messengers\n    title: {{ en: None, ru: Нет }}\n    deny: [telegram]\n    grace: 72h\n    severity: high\n    remedy: {{ en: Remove it., ru: Удалите. }}\nassign:\n  - org: {org}\n"
    )
}

#[test]
fn policies_of_a_repository_are_planned_and_applied_together() {
    let server = Server::start();
    let _ = server.muster(&["org", "add", "minfin", "--title", "x"]).ok();
    let repository = TempDir::new().expect("a folder");
    let at = |name: &str| repository.path().join(name);
    std::fs::write(at("b.yaml"), document("second", "minfin")).expect("a file");
    std::fs::write(at("a.yaml"), document("first", "minfin")).expect("a file");
    let folder = repository.path().to_string_lossy().into_owned();
    let plan = server.muster(&["plan", &folder, "--json"]).ends(3);
    let plan: Value = serde_json::from_slice(&plan.stdout).expect("JSON");
    let ids: Vec<_> = plan.as_array().expect("a list").iter().map(|one| one["policy"].as_str()).collect();
    assert_eq!(ids, [Some("first"), Some("second")]);
    assert!(plan[0]["file"].as_str().is_some_and(|file| file.ends_with("a.yaml")), "{plan}");

    // one that is wrong keeps the others out
    std::fs::write(at("c.yaml"), document("third", "nobody")).expect("a file");
    let _ = server.muster(&["apply", &folder]).ends(1);
    assert_eq!(server.muster(&["policy", "list", "--json"]).json(), serde_json::json!([]));
    std::fs::write(at("c.yaml"), document("second", "minfin")).expect("a file");
    server.muster(&["plan", &folder]).misused("are both policy second");

    std::fs::remove_file(at("c.yaml")).expect("removed");
    let _ = server.muster(&["apply", &folder]).ok();
    let again = server.muster(&["plan", &folder]).ok().text();
    assert_eq!(again.matches("Nothing would change.").count(), 2, "{again}");
    let one = server.muster(&["plan", &at("a.yaml").to_string_lossy(), "--json"]).json();
    assert_eq!(one["policy"], "first", "one file is no list");
    assert!(repo().join("docs/policies-in-git.md").is_file());
}

#[test]
fn somebody_elses_reader_reads_the_link_in_both_pictures() {
    let server = Server::start();
    let _ = server.muster(&["org", "add", "minfin", "--title", "x"]).ok();
    let png = server.data().join("link.png");
    let made = server
        .muster(&["enrol-token", "--org", "minfin", "--qr", "--qr-png", &png.to_string_lossy()])
        .ok()
        .text();
    let link = made.lines().next().expect("the link");
    assert!(link.starts_with("muster://"), "{made}");
    assert_eq!(decoded(&picture(&png)), link);
    let drawn: Vec<&str> = made.lines().skip(2).collect();
    assert_eq!(decoded(&blocks(&drawn)), link);
}

/// Rows of pixels: true is dark.
type Pixels = Vec<Vec<bool>>;

fn decoded(pixels: &Pixels) -> String {
    let (width, height) = (pixels[0].len(), pixels.len());
    let mut image =
        rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| if pixels[y][x] { 0 } else { 255 });
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1, "one code");
    grids[0].decode().expect("it is readable").1
}

fn picture(file: &Path) -> Pixels {
    let file = std::io::BufReader::new(std::fs::File::open(file).expect("the picture"));
    let mut reader = png::Decoder::new(file).read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("it has a size")];
    let info = reader.next_frame(&mut pixels).expect("its pixels");
    pixels.chunks(info.width as usize).map(|row| row.iter().map(|grey| *grey < 128).collect()).collect()
}

/// What a terminal shows: two rows in each line, each module three pixels wide.
fn blocks(lines: &[&str]) -> Pixels {
    let width = lines.iter().map(|line| line.chars().count()).max().unwrap_or_default();
    let row = |line: &str, dark: [char; 2]| -> Vec<bool> {
        let mut row: Vec<bool> = line.chars().map(|char| dark.contains(&char)).collect();
        row.resize(width, false);
        row.into_iter().flat_map(|dark| [dark; 3]).collect()
    };
    let rows = lines.iter().flat_map(|line| [row(line, ['█', '▀']), row(line, ['█', '▄'])]);
    rows.flat_map(|row| [row.clone(), row.clone(), row]).collect()
}
