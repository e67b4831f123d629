//! A message in the words of each dialect.

use bytestring::ByteString;
use duologue_protocol::{RelayFrame, Seq, classic, codec};

use crate::mailbox::Mail;

/// A message that is being handed on. What it says in a dialect is written when somebody is there to
/// hear it, and once for all of them.
#[derive(Debug)]
pub(super) struct Letter<'m> {
    mail: &'m Mail,
    /// The last text for v1, and the `prev` in it: nearly always the same for all.
    v1: Option<(Seq, ByteString)>,
    classic: Option<ByteString>,
}

impl<'m> Letter<'m> {
    pub(super) fn new(mail: &'m Mail) -> Self {
        Self { mail, v1: None, classic: mail.classic.clone() }
    }

    /// For a v1 connection that is at `prev`; `None` for a classic text that v1 can't say.
    pub(super) fn v1(&mut self, prev: Seq) -> Option<ByteString> {
        if let Some((written_for, text)) = &self.v1
            && *written_for == prev
        {
            return Some(text.clone());
        }
        let Mail { seq, from, id, at, .. } = self.mail;
        let text: ByteString = codec::encode(&RelayFrame::Message {
            seq: *seq,
            prev,
            id: id.clone(),
            from_user_id: from.clone(),
            content: self.mail.said()?,
            at: *at,
        })
        .into();
        self.v1 = Some((prev, text.clone()));
        Some(text)
    }

    /// For a classic connection.
    pub(super) fn classic(&mut self) -> Option<ByteString> {
        if self.classic.is_none() {
            let Mail { from, to, content, .. } = self.mail;
            let content = content.as_ref()?;
            self.classic = Some(classic::encode_message(from, to, content).into());
        }
        self.classic.clone()
    }
}
