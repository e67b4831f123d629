//! Where a relay begins to count: above all that an earlier one gave out.

use super::*;

promises!(
    every_start_is_above_the_one_before,
    a_start_is_above_what_is_stored,
    a_start_is_above_what_was_given_out_and_never_stored,
    a_clock_may_be_set_back_and_forward,
);

const NOW: UnixMillis = UnixMillis(1_800_000_000_000);
const YEAR: u64 = 365 * 86_400_000;

fn every_start_is_above_the_one_before(subject: &dyn Subject) {
    let mut last = Seq::START;
    for _ in 0..5 {
        let first = subject.open().first_seq(NOW).unwrap();
        assert!(first > last);
        last = first;
    }
}

fn a_start_is_above_what_is_stored(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    let far = Seq::MAX.get() / 2;
    store(&mut *mailbox, [mail(far, "ann", "bob")]);
    drop(mailbox);
    assert!(subject.open().first_seq(NOW).unwrap() > seq(far));
}

fn a_start_is_above_what_was_given_out_and_never_stored(subject: &dyn Subject) {
    let first = subject.open().first_seq(NOW).unwrap();
    let again = subject.open().first_seq(NOW).unwrap();
    assert!(again >= first.plus(1 << 32));
    // A relay with nothing left of its former life: a restored backup, or none.
    let later = UnixMillis(NOW.0 + 60_000);
    let without = super::InMemory::default().open().first_seq(later).unwrap();
    assert!(without >= first.plus(60 * 1_000_000));
}

fn a_clock_may_be_set_back_and_forward(subject: &dyn Subject) {
    let mut last = Seq::START;
    for now in [NOW.0, NOW.0 - YEAR, NOW.0 + YEAR, NOW.0, 0, u64::MAX, NOW.0] {
        let first = subject.open().first_seq(UnixMillis(now)).unwrap();
        assert!(first > last, "{now}");
        assert!(first < Seq::MAX);
        last = first;
    }
}
