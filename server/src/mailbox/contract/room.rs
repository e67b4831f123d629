//! How much is kept for whom, and messages that are only looked for.

use super::*;
use crate::mailbox::Kept;

promises!(
    what_is_kept_is_counted,
    who_has_written_to_whom_is_known,
    looking_for_a_message_stores_nothing
);

fn kept(mailbox: &mut dyn Mailbox, to: &str) -> (u64, u64) {
    let Kept { count, bytes } = mailbox.kept(&user(to)).unwrap();
    (count, bytes)
}

fn what_is_kept_is_counted(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    assert_eq!(kept(&mut *mailbox, "bob"), (0, 0));
    let classic =
        Mail { content: None, classic: Some(ByteString::from("{小}")), ..mail(3, "cas", "bob") };
    let wide = Mail { content: Some(Content::parse("小秋").unwrap()), ..mail(2, "ann", "bob") };
    store(&mut *mailbox, [mail(1, "ann", "bob"), wide, classic, mail(4, "bob", "ann")]);
    // `words 1`, six bytes in two characters, five in three.
    assert_eq!(kept(&mut *mailbox, "bob"), (3, 7 + 6 + 5));
    mailbox.expire(UnixMillis(2_001), 10).unwrap();
    assert_eq!(kept(&mut *mailbox, "bob"), (1, 5));
}

fn who_has_written_to_whom_is_known(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    store(&mut *mailbox, [mail(1, "ann", "bob"), mail(2, "cas", "bob")]);
    assert_eq!(mailbox.has_written(&user("ann"), &user("bob")), Ok(true));
    assert_eq!(mailbox.has_written(&user("bob"), &user("ann")), Ok(false));
    mailbox.expire(UnixMillis(1_001), 10).unwrap();
    assert_eq!(mailbox.has_written(&user("ann"), &user("bob")), Ok(false));
}

fn looking_for_a_message_stores_nothing(subject: &dyn Subject) {
    let mut mailbox = subject.open();
    let look = |mail: Mail| Entry::Look(Arc::new(mail));
    store(&mut *mailbox, [mail(1, "ann", "bob")]);
    let again = Mail { id: mail(1, "ann", "bob").id, ..mail(5, "ann", "bob") };
    let same = Mail { content: mail(1, "ann", "bob").content, ..again.clone() };
    let written = mailbox.write(&[look(mail(6, "ann", "bob")), look(again), look(same)]).unwrap();
    let repeat = Written::Repeat { seq: seq(1), at: UnixMillis(1_000) };
    assert_eq!(written, [Written::Absent, Written::IdReused, repeat]);
    assert_eq!(kept(&mut *mailbox, "bob").0, 1);
}
