//! Two people who talk, and what has to be true of it at the end.

use duologue_protocol::{MessageId, UserId};

use crate::driver::{Driver, Progress};

/// No more than this unanswered: below what an outbox holds.
const UNANSWERED: usize = 800;

/// Each of the two drivers, with whom it talks to.
pub(crate) type Both<'d> = [(&'d Driver, &'d UserId); 2];

/// How many messages of both are stored.
pub(crate) fn stored(drivers: Both<'_>) -> usize {
    drivers.iter().map(|(driver, _)| driver.progress.borrow().stored.len()).sum()
}

/// Each says something, unless too much is unanswered.
pub(crate) fn say(drivers: Both<'_>) {
    for (driver, peer) in drivers {
        let unanswered = driver.written() - driver.progress.borrow().stored.len();
        if unanswered < UNANSWERED {
            driver.says_something(peer);
        }
    }
}

/// Waits until everything is stored, has arrived and is known to have, and checks that it is all there,
/// once and in order.
pub(crate) async fn check(one: &Driver, other: &Driver) {
    for (from, to) in [(one, other), (other, one)] {
        let mut sender = from.progress.clone();
        let sent = sender
            .wait_for(|progress| {
                let last = progress.stored.iter().map(|(_, seq)| *seq).max();
                progress.stored.len() == from.written() && last == Some(progress.delivered)
            })
            .await
            .unwrap()
            .clone();
        let mut receiver = to.progress.clone();
        let all = sent.sent.len();
        let got =
            receiver.wait_for(|progress| progress.received.len() >= all).await.unwrap().clone();
        compare(&sent, &got);
    }
}

fn compare(sent: &Progress, got: &Progress) {
    assert_eq!(sent.failed, Vec::<String>::new());
    let received: Vec<&MessageId> = got.received.iter().map(|message| &message.id).collect();
    let all_once_in_order = received.iter().copied().eq(&sent.sent);
    assert!(all_once_in_order, "lost, doubled or out of order: {}", difference(&sent.sent, got));
    assert!(sent.sent.len() > 1_000, "{} messages prove little", sent.sent.len());
}

/// Where two lists part, in the terms of whoever has to find out why.
fn difference(sent: &[MessageId], got: &Progress) -> String {
    let at = (0..sent.len().max(got.received.len()))
        .find(|&at| sent.get(at) != got.received.get(at).map(|message| &message.id));
    let at = at.unwrap_or_default();
    let place = |id: &MessageId| sent.iter().position(|one| one == id);
    let around = got.received.iter().skip(at.saturating_sub(3)).take(12);
    let around: Vec<_> = around.map(|message| (place(&message.id), message.seq)).collect();
    format!(
        "{} sent, {} received; from number {at} on they differ: around it came (number, seq) {around:?}",
        sent.len(),
        got.received.len(),
    )
}
