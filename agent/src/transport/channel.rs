//! Reading the channel: server-sent events (WHATWG HTML §9.2), of which only the data counts, because the message inside says what it is.

use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use reqwest::blocking::Response;

use super::Traffic;
use crate::core::SendError;

/// An open channel.
pub struct ChannelReader {
    lines: Box<dyn BufRead + Send>,
    traffic: Arc<Traffic>,
}

impl ChannelReader {
    pub(super) fn new(response: Response, traffic: Arc<Traffic>) -> Self {
        Self { lines: Box::new(BufReader::new(response)), traffic }
    }

    /// Waits for the next message. `None` for a sign of life.
    ///
    /// # Errors
    /// The channel is closed, silent for too long, or says what it should not.
    pub fn next_message(&mut self) -> Result<Option<Vec<u8>>, SendError> {
        let mut data = String::new();
        loop {
            let line = self.line()?;
            match line.split_once(':').unwrap_or((&line, "")) {
                ("", "") if line.is_empty() && data.is_empty() => {}
                ("", "") if line.is_empty() => return message(&data).map(Some),
                ("", _) if data.is_empty() => return Ok(None),
                ("data", value) => data.push_str(value.trim()),
                _ => {}
            }
            if data.len() > MAX_LINE {
                return Err(SendError::Garbled("a message that is too long".to_owned()));
            }
        }
    }

    fn line(&mut self) -> Result<String, SendError> {
        let mut line = Vec::new();
        let limit = u64::try_from(MAX_LINE).unwrap_or(u64::MAX);
        let read = self.lines.by_ref().take(limit).read_until(b'\n', &mut line);
        Traffic::add(&self.traffic.received, line.len());
        match read.map_err(|error| SendError::Unreachable(error.to_string()))? {
            0 => Err(SendError::Unreachable("the server closed the channel".to_owned())),
            MAX_LINE => Err(SendError::Garbled("a line that is too long".to_owned())),
            _ => {
                let text = String::from_utf8(line).map_err(|_| SendError::Garbled("not text".to_owned()))?;
                Ok(text.trim_end_matches(['\n', '\r']).to_owned())
            }
        }
    }
}

fn message(data: &str) -> Result<Vec<u8>, SendError> {
    BASE64_URL_SAFE_NO_PAD
        .decode(data)
        .map_err(|_| SendError::Garbled("a message that is not Base64".to_owned()))
}

/// A catalogue in Base64, with something to spare.
const MAX_LINE: usize = 512 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(text: &'static str) -> ChannelReader {
        ChannelReader { lines: Box::new(text.as_bytes()), traffic: Arc::default() }
    }

    #[test]
    fn messages_and_signs_of_life() {
        let mut reader = reader(": hello\n\nevent: order\ndata: AQID\n\n:\n\nid: 7\r\ndata:BA\r\n\r\n");
        assert_eq!(reader.next_message(), Ok(None));
        assert_eq!(reader.next_message(), Ok(Some(vec![1, 2, 3])));
        assert_eq!(reader.next_message(), Ok(None));
        assert_eq!(reader.next_message(), Ok(Some(vec![4])));
        assert_eq!(
            reader.next_message().map_err(|error| error.code().to_owned()),
            Err("unreachable".to_owned())
        );
    }

    #[test]
    fn nonsense_closes_it() {
        assert!(matches!(reader("data: !!\n\n").next_message(), Err(SendError::Garbled(_))));
        let mut endless =
            ChannelReader { lines: Box::new(BufReader::new(std::io::repeat(b'a'))), traffic: Arc::default() };
        assert!(matches!(endless.next_message(), Err(SendError::Garbled(_))));
    }
}
