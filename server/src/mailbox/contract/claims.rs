//! Names and their keys.

use duologue_protocol::identity::PublicKey;

use super::*;

promises!(a_claim_outlives_its_relay, the_first_claim_stays, a_claim_does_not_expire);

fn claim(name: &str, byte: u8) -> Entry {
    Entry::Claim { name: user(name), key: PublicKey::from_bytes([byte; 32]) }
}

fn claims(mailbox: &mut dyn Mailbox) -> Vec<(UserId, PublicKey)> {
    let mut claims = mailbox.claims().unwrap();
    claims.sort_by(|one, other| one.0.cmp(&other.0));
    claims
}

fn key(byte: u8) -> PublicKey {
    PublicKey::from_bytes([byte; 32])
}

fn a_claim_outlives_its_relay(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    assert_eq!(claims(&mut *mailbox), []);
    assert_eq!(write(&mut *mailbox, claim("ann", 1)), Written::Claimed);
    assert_eq!(write(&mut *mailbox, claim("小秋", 255)), Written::Claimed);
    drop(mailbox);
    let expected = [(user("ann"), key(1)), (user("小秋"), key(255))];
    assert_eq!(claims(&mut *subject.open()), expected);
}

fn the_first_claim_stays(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    let both = mailbox.write(&[claim("ann", 1), claim("ann", 2)]).unwrap();
    assert_eq!(both, [Written::Claimed, Written::Claimed]);
    write(&mut *mailbox, claim("ann", 3));
    assert_eq!(claims(&mut *mailbox), [(user("ann"), key(1))]);
}

fn a_claim_does_not_expire(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    store(&mut *mailbox, (1..5).map(|number| mail(number, "ann", "ben")));
    write(&mut *mailbox, claim("ann", 1));
    assert!(mailbox.expire(UnixMillis(u64::MAX), 100).unwrap() > 0);
    assert_eq!(claims(&mut *mailbox), [(user("ann"), key(1))]);
}
