//! Many phones at once.

use crate::enrol::Door;
use crate::model::Model;
use crate::phone::{Habit, Phone};
use crate::rng::Rng;
use crate::store::Folder;
use crate::world::World;
use anyhow::Context as _;
use muster_proto::link::EnrolLink;
use muster_proto::time::Span;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Phones, each with its number in the fleet.
pub type Phones = Vec<(u64, Phone)>;

/// Enrolments under way at a time.
const AT_ONCE: usize = 16;

/// Enrols the phones with these numbers, and saves each as soon as it is.
///
/// # Errors
/// The first that could not be enrolled.
pub async fn enrol(
    world: &Arc<World>,
    link: &EnrolLink,
    seed: u64,
    numbers: impl IntoIterator<Item = u64>,
    folder: Option<&Arc<Folder>>,
) -> anyhow::Result<Phones> {
    let door = Arc::new(Door::open(link).await?);
    let mut left = numbers.into_iter();
    let mut under_way = JoinSet::new();
    let mut phones = Vec::new();
    loop {
        while under_way.len() < AT_ONCE {
            let Some(nth) = left.next() else { break };
            let (door, world, folder) = (Arc::clone(&door), Arc::clone(world), folder.cloned());
            under_way.spawn(async move {
                let model = Model::draw(seed, nth, &world.catalogue, world.clocks().wall);
                let phone = door.enrol(&world, model).await.with_context(|| format!("enrol phone {nth}"))?;
                folder.map_or(Ok(()), |folder| folder.save(nth, &phone))?;
                anyhow::Ok((nth, phone))
            });
        }
        match under_way.join_next().await {
            Some(done) => phones.push(done.context("a phone died")??),
            None => break,
        }
    }
    phones.sort_by_key(|(nth, _)| *nth);
    Ok(phones)
}

/// Starts the phones, spread over `spread`. They run until the set is dropped.
pub fn start(
    world: &Arc<World>,
    phones: Phones,
    folder: Option<&Arc<Folder>>,
    every: Option<Span>,
    spread: Span,
) -> JoinSet<anyhow::Result<()>> {
    let mut running = JoinSet::new();
    for (nth, phone) in phones {
        let delay = Span::from_millis(Rng::of(0x7374_6172, nth).below(spread.millis() + 1));
        running.spawn(phone.run(Arc::clone(world), folder.cloned(), nth, Habit { every, delay }));
    }
    running
}
