//! What is refused, and that everything is as it was before then.

use muster_server::backup::{self, Target};
use muster_server::store::{self, Place, StoreError};
use std::path::{Path, PathBuf};

use super::support::World;
use super::{Pair, blocking, make};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_is_moved_aside_and_a_running_server_is_left_alone() {
    let world = World::new(None).await;
    let pair = Pair::new();
    let file = make(&world, &pair).await;
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("order.key"), "an old key").expect("a file");
    let place = Place::File(folder.path().join("muster.db"));
    let run = async |replace| {
        let target = Target { data: folder.path().to_owned(), place: place.clone(), replace, revoke: false };
        let (file, key, now) = (file.clone(), pair.key(), world.app.now());
        blocking(move || backup::restore(&file, &key, &target, now)).await
    };
    let refused = run(false).await.expect_err("the folder is not empty");
    assert!(format!("{refused:#}").contains("not empty"), "{refused:#}");
    let lock = muster_server::serve::lock(folder.path()).expect("a lock");
    let refused = run(true).await.expect_err("a server runs");
    assert!(format!("{refused:#}").contains("another server runs"), "{refused:#}");
    drop(lock);
    let done = run(true).await.expect("restored");
    let old = std::fs::read_to_string(Path::new(&done.aside[0]).join("order.key")).expect("it was kept");
    assert_eq!(old, "an old key");
    assert!(!backup::is_half_restored(folder.path()));
    let made = std::fs::read(folder.path().join("order.key")).expect("a key");
    assert_eq!(made, std::fs::read(world.folder.path().join("order.key")).expect("a key"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_moved_leaves_everything_as_it_was() {
    stuck(None).await;
}

/// One file of the folder can't be moved aside.
pub async fn stuck(place: Option<Place>) {
    let world = World::new(None).await;
    let pair = Pair::new();
    let file = make(&world, &pair).await;
    let folder = tempfile::tempdir().expect("a folder");
    let (data, now) = (folder.path().to_owned(), world.app.now());
    let aside =
        format!("before-restore-{}", now.to_string().replace(|char: char| !char.is_ascii_digit(), ""));
    // a folder that has something in it is never replaced, for no user
    for path in ["packages/old.apk", "order.key", &format!("{aside}/packages/older.apk")] {
        let path = data.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, "old").expect("a file");
    }
    let to = place.clone().unwrap_or(Place::File(data.join("muster.db")));
    let target = Target { data: data.clone(), place: to, replace: true, revoke: false };
    let key = pair.key();
    let refused =
        blocking(move || backup::restore(&file, &key, &target, now)).await.expect_err("it is stuck");
    assert!(format!("{refused:#}").contains("nothing was changed: move "), "{refused:#}");
    let left =
        std::fs::read_dir(&data).expect("the folder").map(|entry| entry.expect("an entry").file_name());
    let mut left: Vec<_> = left.map(|name| name.to_string_lossy().into_owned()).collect();
    left.sort();
    assert_eq!(left, [aside.as_str(), "lock", "order.key", "packages"]);
    assert_eq!(std::fs::read_to_string(data.join("order.key")).expect("a key"), "old");
    if let Some(place) = place {
        let found = blocking(move || store::occupied(&place)).await.expect("an answer");
        assert_eq!(found.migration, None, "the database is as empty as it was");
    }
}

/// Whoever runs it once as root must not leave locks that the server's user can't open.
#[tokio::test(flavor = "multi_thread")]
async fn the_folder_of_another_user_is_left_alone() {
    let world = World::new(None).await;
    let pair = Pair::new();
    let file = make(&world, &pair).await;
    let folder = tempfile::tempdir().expect("a folder");
    // only root may give it away; whoever else runs this is refused root's
    let given = std::os::unix::fs::chown(folder.path(), Some(65_534), None).is_ok();
    let data = if given { folder.path().to_owned() } else { PathBuf::from("/") };
    let place = Place::File(data.join("muster.db"));
    let target = Target { data: data.clone(), place: place.clone(), replace: true, revoke: false };
    let (from, key, lock, now) = (file.clone(), pair.key(), pair.lock(), world.app.now());
    let refused = blocking(move || backup::restore(&from, &key, &target, now)).await.expect_err("another's");
    assert!(refused.to_string().contains("run it as that user"), "{refused:#}");
    let from = data.clone();
    let made = blocking(move || backup::make(&from, &place, &file, &lock, true, now)).await;
    let refused = made.expect_err("another's");
    assert!(refused.to_string().contains("run it as that user"), "{refused:#}");
    assert!(!data.join("lock").exists() && !data.join("backup.lock").exists());
}

/// A variable that the service alone has seen names the database.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_beside_a_server_s_other_database_is_not_backed_up() {
    let world = World::new(None).await;
    let pair = Pair::new();
    let file = make(&world, &pair).await;
    let (data, place, now) = (world.folder.path().to_owned(), world.place.clone(), world.app.now());
    let database = Place::Postgres("postgres://muster:secret@db.example/fleet".to_owned());
    store::note(&data, &database).expect("noted");
    let target = Target { data: data.clone(), place: place.clone(), replace: true, revoke: false };
    let (to, lock, key) = (file.clone(), pair.lock(), pair.key());
    let made = blocking(move || backup::make(&data, &place, &to, &lock, true, now)).await;
    let restored = blocking(move || backup::restore(&file, &key, &target, now)).await;
    for refused in [made.expect_err("another database"), restored.expect_err("another database")] {
        let said = refused.to_string();
        assert!(
            said.contains("has its rows in postgresql db.example/fleet") && !said.contains("secret"),
            "{said}"
        );
    }
}

/// Whoever was killed left its log beside the database: the two stay together.
#[tokio::test(flavor = "multi_thread")]
async fn an_old_database_is_kept_as_one_file() {
    let world = World::new(None).await;
    let pair = Pair::new();
    let file = make(&world, &pair).await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().to_owned();
    for name in ["muster.db", "muster.db-wal"] {
        std::fs::copy(world.folder.path().join(name), data.join(name)).expect(name);
    }
    let place = Place::File(data.join("muster.db"));
    let target = Target { data, place, replace: true, revoke: false };
    let (key, now) = (pair.key(), world.app.now());
    let done = blocking(move || backup::restore(&file, &key, &target, now)).await.expect("restored");
    let old = Path::new(&done.aside[0]);
    assert!(old.join("muster.db").exists() && !old.join("muster.db-wal").exists());
    let counted = store::read_file(&old.join("muster.db"), |tx| {
        tx.query_one("SELECT COUNT(*) FROM orgs", &[])?.ok_or(StoreError::Column("a count"))?.take::<i64>()
    });
    assert_eq!(counted.expect("a count"), 4, "what was in the log is in the file");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_whole_or_not_there() {
    let world = World::new(None).await;
    let pair = Pair::new();
    let part = |name: &str| world.folder.path().join(name);
    let (killed, other) = (part(".a.backup.4000001.part"), part(".b.backup.4000001.part"));
    let at_work = std::fs::File::create(part(".a.backup.4000002.part")).expect("a file");
    at_work.lock().expect("a lock");
    [&killed, &other].into_iter().for_each(|path| std::fs::write(path, "half").expect("a file"));
    let file = make(&world, &pair).await;
    assert!(!killed.exists() && other.exists(), "what a killed run left is gone, and nothing else");
    assert!(part(".a.backup.4000002.part").exists(), "somebody still writes it");
    for path in [other, part(".a.backup.4000002.part")] {
        std::fs::remove_file(path).expect("removed");
    }
    let first = std::fs::read(&file).expect("a backup");
    let make = async |data: PathBuf, file: PathBuf, force| {
        let (place, lock, now) = (world.place.clone(), pair.lock(), world.app.now());
        blocking(move || backup::make(&data, &place, &file, &lock, force, now)).await
    };
    let data = world.folder.path().to_owned();
    let refused = make(data.clone(), file.clone(), false).await.expect_err("it exists");
    assert!(format!("{refused:#}").contains("--force"), "{refused:#}");
    std::fs::remove_file(data.join("nonce.key")).expect("a key is lost");
    let refused = make(data.clone(), file.clone(), true).await.expect_err("a key is missing");
    assert!(format!("{refused:#}").contains("nonce.key"), "{refused:#}");
    assert_eq!(std::fs::read(&file).expect("the old one"), first);
    let left: Vec<_> =
        std::fs::read_dir(&data).expect("the folder").flatten().map(|entry| entry.file_name()).collect();
    assert!(
        left.iter().all(|name| !name.to_string_lossy().ends_with(".part") && name != "backup.tmp"),
        "{left:?}"
    );
}
