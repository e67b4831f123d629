//! What Ed25519 forgers try (RFC 8032): other bits, another form of a scalar, points of small order.

/// The order of the group (RFC 8032 section 5.1), the least byte first.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
    0x14, //
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// One of the points of order 8.
const EIGHTH: [u8; 32] = [
    0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
    0xf0, //
    0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
];

/// Another one.
const OTHER_EIGHTH: [u8; 32] = [
    0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
    0x0f, //
    0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
];

/// A point whose order divides 8, in each of the forms that it has: with either sign, and with a coordinate that is
/// not below the field's prime.
pub(super) fn small_order(which: u8) -> [u8; 32] {
    // The field's prime is 2²⁵⁵ − 19.
    let prime_plus = |n: u8| {
        let mut bytes = [0xff; 32];
        (bytes[0], bytes[31]) = (0xed + n, 0x7f);
        bytes
    };
    let one = |n: u8| {
        let mut bytes = [0; 32];
        bytes[0] = n;
        bytes
    };
    let mut minus_one = prime_plus(0);
    minus_one[0] -= 1;
    let points = [
        one(0),
        one(1),
        minus_one,
        EIGHTH,
        OTHER_EIGHTH,
        prime_plus(0),
        prime_plus(1),
        prime_plus(2),
    ];
    let mut point = points[usize::from(which) % points.len()];
    if which >= 0x80 {
        point[31] |= 0x80;
    }
    point
}

/// The same signature to whoever takes the scalar modulo the order.
pub(super) fn add_order(signature: &mut [u8; 64]) {
    let mut carry = 0;
    for (byte, add) in signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        ([*byte, _], carry) = (sum.to_le_bytes(), sum >> 8);
    }
}

pub(super) fn flip(bytes: &mut [u8], bit: usize) {
    let length = bytes.len();
    bytes[bit / 8 % length] ^= 1 << (bit % 8);
}
