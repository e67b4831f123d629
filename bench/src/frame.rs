//! WebSocket frames as a client writes and reads them (RFC 6455 section 5.2), and nothing else of WebSocket: the
//! generator has to be faster than whatever it measures, so a text is masked once and sent a million times.

use crate::Result;

/// A key to mask with (section 5.3).
pub(crate) type Mask = [u8; 4];

/// Any key will do for a server but zero: some skip the work for that one.
pub(crate) const MASK: Mask = [0x5a, 0x17, 0xc3, 0x9e];

/// For what comes back as it went.
pub(crate) const PLAIN: Mask = [0; 4];

/// In the place of a length: two bytes of it follow, or eight.
const MEDIUM: usize = 126;
const LONG: usize = 127;

const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8a;

/// A masked text frame, with its payload's place in it.
pub(crate) struct Masked {
    pub(crate) bytes: Vec<u8>,
    payload: usize,
    mask: Mask,
}

/// What came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Incoming<'b> {
    Text(&'b [u8]),
    Ping,
    Pong,
    Other,
}

impl Masked {
    pub(crate) fn text(payload: &[u8], mask: Mask) -> Self {
        let mut bytes = vec![TEXT];
        match payload.len() {
            short @ 0..MEDIUM => bytes.push(0x80 | low_byte(short)),
            medium @ MEDIUM..0x1_0000 => {
                bytes.push(0x80 | low_byte(MEDIUM));
                bytes.extend_from_slice(&[low_byte(medium >> 8), low_byte(medium)]);
            }
            long => {
                bytes.push(0x80 | low_byte(LONG));
                bytes.extend_from_slice(&(long as u64).to_be_bytes());
            }
        }
        bytes.extend_from_slice(&mask);
        let start = bytes.len();
        bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
        Self { bytes, payload: start, mask }
    }

    /// Writes `digits` over the payload from `at` on.
    pub(crate) fn patch(&mut self, at: usize, digits: &[u8]) {
        let place = self.bytes.iter_mut().skip(self.payload + at);
        let keys = self.mask.iter().cycle().skip(at % self.mask.len());
        for ((byte, digit), key) in place.zip(digits).zip(keys) {
            *byte = digit ^ key;
        }
    }
}

/// Asks whether everything before this was read.
pub(crate) fn ping() -> Vec<u8> {
    empty(PING)
}

/// Answers that question.
pub(crate) fn pong() -> Vec<u8> {
    empty(PONG)
}

/// A pong as a server sends it.
pub(crate) const FROM_SERVER: [u8; 2] = [PONG, 0];

fn empty(kind: u8) -> Vec<u8> {
    let mut bytes = vec![kind, 0x80];
    bytes.extend_from_slice(&MASK);
    bytes
}

/// The first frame of `bytes`, if all of it is there, and how long it is.
///
/// # Errors
/// The server closed the connection, with these words.
pub(crate) fn first(bytes: &[u8]) -> Result<Option<(Incoming<'_>, usize)>> {
    let [first, second, ..] = *bytes else { return Ok(None) };
    // What the floor gives back is what a client sent, mask and all.
    let mask = if second & 0x80 == 0 { 0 } else { MASK.len() };
    let (head, length) = match usize::from(second & 0x7f) {
        MEDIUM => match bytes.get(2..).and_then(<[u8]>::first_chunk) {
            Some(length) => (4, usize::from(u16::from_be_bytes(*length))),
            None => return Ok(None),
        },
        LONG => match bytes.get(2..).and_then(<[u8]>::first_chunk) {
            Some(length) => (10, usize::try_from(u64::from_be_bytes(*length))?),
            None => return Ok(None),
        },
        short => (2, short),
    };
    let start = head + mask;
    let Some(payload) = bytes.get(start..start + length) else { return Ok(None) };
    let frame = match first {
        TEXT => Incoming::Text(payload),
        PING => Incoming::Ping,
        PONG => Incoming::Pong,
        CLOSE => return Err(format!("closed: {}", String::from_utf8_lossy(payload)).into()),
        _ => Incoming::Other,
    };
    Ok(Some((frame, start + length)))
}

/// The lowest eight bits.
fn low_byte(number: usize) -> u8 {
    number.to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_read_once_all_of_it_is_there() {
        for length in [0, 1, 125, 126, 400, 70_000] {
            let payload = vec![b'x'; length];
            let masked = Masked::text(&payload, MASK).bytes;
            for part in [1, 2, masked.len() - 1] {
                assert_eq!(first(&masked[..part]).unwrap(), None, "{length} {part}");
            }
            let (_, taken) = first(&masked).unwrap().unwrap();
            assert_eq!(taken, masked.len());
        }
        assert_eq!(first(b"\x81\x02hi!").unwrap(), Some((Incoming::Text(b"hi"), 4)));
        assert!(first(b"\x88\x00").is_err());
    }

    #[test]
    fn a_patch_is_masked_as_the_rest() {
        let mut patched = Masked::text(b"number 0000, and more", MASK);
        patched.patch(7, b"4711");
        assert_eq!(patched.bytes, Masked::text(b"number 4711, and more", MASK).bytes);
    }
}
