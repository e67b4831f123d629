//! How long a WebSocket frame is on the wire.

/// The bytes of a data frame whose payload has this many: with a head of 2, 4 or 10 bytes, and 4 more of
/// mask, which every frame from a client has (RFC 6455 section 5.2). Without extensions, of which this
/// protocol negotiates none.
pub const fn frame_bytes(payload: usize, is_masked: bool) -> usize {
    let head = match payload {
        0..=125 => 2,
        126..=0xffff => 4,
        _ => 10,
    };
    head + payload + if is_masked { 4 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::frame_bytes;

    #[test]
    fn the_head_grows_with_the_payload() {
        for (payload, bytes) in [(0, 2), (125, 127), (126, 130), (65_535, 65_539), (65_536, 65_546)]
        {
            assert_eq!(frame_bytes(payload, false), bytes);
            assert_eq!(frame_bytes(payload, true), bytes + 4);
        }
    }
}
