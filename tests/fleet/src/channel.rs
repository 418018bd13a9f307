//! The channel of one phone: a stream of events (`text/event-stream`) of which only the signed messages matter.

use crate::http::Target;
use crate::wire::refusal;
use crate::world::World;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use muster_agent::core::{ChannelEvent, SendError};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use tokio::sync::mpsc::Sender;

/// Keeps the channel open and passes on what it brings; ends when it closes.
pub(crate) async fn keep(world: Arc<World>, target: Target, hello: Vec<u8>, says: Sender<ChannelEvent>) {
    let why = match read(&world, &target, &hello, &says).await {
        Ok(why) => why,
        Err(error) => SendError::Unreachable(format!("{error:#}")),
    };
    // a phone that is gone needs no word of it
    let _ = says.send(ChannelEvent::Closed(why)).await;
}

/// A channel that counts as open until it is dropped, also where the task that reads it is aborted.
struct Counted<'a>(&'a World);

impl<'a> Counted<'a> {
    fn new(world: &'a World) -> Self {
        world.tally.channels.fetch_add(1, Relaxed);
        Self(world)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.tally.channels.fetch_sub(1, Relaxed);
    }
}

async fn read(
    world: &World,
    target: &Target,
    hello: &[u8],
    says: &Sender<ChannelEvent>,
) -> anyhow::Result<SendError> {
    let mut connection = target.connect().await?;
    let hello = BASE64_URL_SAFE_NO_PAD.encode(hello);
    let headers = format!("authorization: Muster {hello}\r\naccept: text/event-stream\r\n");
    let mut answer = connection.ask("GET", "/v1/channel", &headers, &[]).await?;
    if answer.status != 200 {
        let length = answer.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        answer.body = connection.exactly(length).await?;
        return Ok(refusal(&answer));
    }
    let _counted = Counted::new(world);
    says.send(ChannelEvent::Opened).await?;
    let mut text = String::new();
    while let Some(piece) = connection.piece().await? {
        text += &String::from_utf8_lossy(&piece);
        for message in messages(&mut text) {
            says.send(ChannelEvent::Message(message)).await?;
        }
    }
    Ok(SendError::Unreachable("the server closed the channel".to_owned()))
}

/// Takes whole events off the front of `text`; comments have no data.
fn messages(text: &mut String) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while let Some(at) = text.find("\n\n") {
        let event: String = text.drain(..at + 2).collect();
        let data: String =
            event.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim).collect();
        found.extend(BASE64_URL_SAFE_NO_PAD.decode(data).ok().filter(|message| !message.is_empty()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_arrive_in_pieces() {
        let mut text = ": hello\n\nevent: order\nda".to_owned();
        assert!(messages(&mut text).is_empty());
        text += "ta: AQID\n\nevent: verdict\ndata: BA\n\n:";
        assert_eq!(messages(&mut text), [vec![1, 2, 3], vec![4]]);
        assert_eq!(text, ":");
    }
}
