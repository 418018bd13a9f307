//! Who says to have made a signature: the issuer in an OpenPGP packet (RFC 9580, section 5.2). Nothing is verified.

use crate::bytes::array;

const SIGNATURE: u8 = 2;
const ISSUER: u8 = 16;
const ISSUER_FINGERPRINT: u8 = 33;

/// The id of the key that the first packet names, if it is a signature and names one.
pub fn issuer(bytes: &[u8]) -> Option<[u8; 8]> {
    let body = packet(bytes)?;
    match body.first()? {
        // version, 5, kind, time (4), issuer
        3 => array(body, 7),
        // version, kind, two algorithms, then two areas, each with its length before it
        4 => {
            let (signed, rest) = area(body.get(4..)?)?;
            let (unsigned, _) = area(rest)?;
            [signed, unsigned].into_iter().find_map(named_in)
        }
        _ => None,
    }
}

/// The content of a signature packet with a length in the old or in the new form.
fn packet(bytes: &[u8]) -> Option<&[u8]> {
    let (head, rest) = bytes.split_first()?;
    let (tag, (len, body)) = match head >> 6 {
        0b11 => (head & 0x3f, new_length(rest)?),
        0b10 => (head >> 2 & 0x0f, old_length(head & 3, rest)?),
        _ => return None,
    };
    body.get(..len).filter(|_| tag == SIGNATURE)
}

fn old_length(kind: u8, bytes: &[u8]) -> Option<(usize, &[u8])> {
    let width = 1_usize << kind;
    let (len, body) = bytes.split_at_checked(width).filter(|_| kind < 3)?;
    Some((len.iter().fold(0, |len, byte| len << 8 | usize::from(*byte)), body))
}

/// Also the form of a subpacket's length.
fn new_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    match bytes {
        [len @ 0..192, body @ ..] => Some((usize::from(*len), body)),
        [high @ 192..224, low, body @ ..] => {
            Some(((usize::from(*high) - 192) * 256 + usize::from(*low) + 192, body))
        }
        [255, body @ ..] => {
            let len = u32::from_be_bytes(array(body, 0)?);
            Some((len.try_into().ok()?, &body[4..]))
        }
        _ => None,
    }
}

fn area(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let len = u16::from_be_bytes(array(bytes, 0)?);
    bytes[2..].split_at_checked(len.into())
}

fn named_in(mut area: &[u8]) -> Option<[u8; 8]> {
    while !area.is_empty() {
        let (len, rest) = new_length(area)?;
        let (subpacket, rest) = rest.split_at_checked(len)?;
        match subpacket {
            [kind, id @ ..] if kind & 0x7f == ISSUER => return array(id, 0),
            // the end of a fingerprint of version 4 is the key's id
            [kind, 4, fingerprint @ ..] if kind & 0x7f == ISSUER_FINGERPRINT && fingerprint.len() == 20 => {
                return array(fingerprint, 12);
            }
            _ => {}
        }
        area = rest;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: [u8; 8] = [1, 2, 3, 4, 5, 6, 7, 8];

    fn version_4(signed: &[u8], unsigned: &[u8]) -> Vec<u8> {
        let area = |bytes: &[u8]| [&[0, u8::try_from(bytes.len()).unwrap()][..], bytes].concat();
        [&[4, 0, 1, 8][..], &area(signed), &area(unsigned), &[0xab, 0xcd]].concat()
    }

    fn new_form(body: &[u8]) -> Vec<u8> {
        [&[0xc2, u8::try_from(body.len()).unwrap()][..], body].concat()
    }

    #[test]
    fn the_issuer_is_found_where_it_may_stand() {
        let issuer_16 = [&[9, 16][..], &ID].concat();
        let issuer_33 = [&[22, 33, 4][..], &[0; 12], &ID].concat();
        let time = [5, 2, 0, 0, 0, 0];
        for body in [
            version_4(&[&time[..], &issuer_16].concat(), &[]),
            version_4(&time, &issuer_16),
            version_4(&[&issuer_33[..], &time].concat(), &[]),
            [&[3, 5, 0, 0, 0, 0, 0][..], &ID, &[1, 8]].concat(),
        ] {
            let old = [&[0x88, u8::try_from(body.len()).unwrap()][..], &body].concat();
            let old_wide = [&[0x89, 0, u8::try_from(body.len()).unwrap()][..], &body].concat();
            for packet in [new_form(&body), old, old_wide] {
                assert_eq!(issuer(&packet), Some(ID), "{packet:02x?}");
                for len in 0..packet.len() {
                    let _ = issuer(&packet[..len]);
                }
            }
        }
    }

    #[test]
    fn what_names_nobody_says_nothing() {
        assert_eq!(issuer(&[]), None);
        assert_eq!(issuer(&new_form(&version_4(&[5, 2, 0, 0, 0, 0], &[]))), None);
        assert_eq!(issuer(&new_form(&version_4(&[200], &[]))), None);
        assert_eq!(issuer(&[0xb8, 200]), None);
        assert_eq!(issuer(&[0xc6, 1, 4]), None, "a key, not a signature");
    }
}
