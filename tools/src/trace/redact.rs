//! Takes out of a trace what is nobody's business. What stays is listed here: whatever is not, a newer
//! relay's fields too, is left out.

use duologue_protocol::{ClientFrame, RelayFrame};
use serde_json::{Map, Value, json};

use super::frames::hidden;

/// Fields that hold a person's name.
const PEOPLE: [&str; 4] = ["fromUserId", "toUserId", "userId", "peer"];

/// Fields that hold numbers and nothing else.
const NUMBERS: [&str; 8] = ["n", "seq", "prev", "cursor", "receipts", "upTo", "after", "at"];

/// The same below `heartbeat` and `limits`, and the versions of receipts.
const MORE_NUMBERS: [&str; 6] =
    ["version", "intervalMs", "timeoutMs", "frameBytes", "contentBytes", "userIdChars"];

/// Headers of a handshake that say nothing about anybody.
const HEADERS: [&str; 6] = [
    "upgrade",
    "connection",
    "sec-websocket-version",
    "sec-websocket-key",
    "sec-websocket-accept",
    "sec-websocket-extensions",
];

/// Gives people, messages and hosts numbers, the same one wherever they come again.
#[derive(Debug, Default)]
pub struct Redactor {
    people: Vec<String>,
    messages: Vec<String>,
    hosts: Vec<String>,
}

impl Redactor {
    /// `person-1`, and so on.
    pub fn person(&mut self, name: &str) -> String {
        alias(&mut self.people, "person", name)
    }

    /// An address, an origin or a `Host` header: its scheme, and `host-1` instead of host and port.
    pub fn address(&mut self, address: &str) -> String {
        let (scheme, rest) = match address.split_once("://") {
            Some((scheme @ ("ws" | "wss" | "http" | "https"), rest)) => (scheme, rest),
            Some((_, rest)) => ("", rest),
            None => ("", address),
        };
        let host = alias(&mut self.hosts, "host", rest.split('/').next().unwrap_or_default());
        if scheme.is_empty() { host } else { format!("{scheme}://{host}") }
    }

    /// One header of a handshake.
    pub fn header(&mut self, name: &str, value: &str) -> Value {
        match name {
            "host" | "origin" => json!([name, self.address(value)]),
            _ if HEADERS.contains(&name) => json!([name, value]),
            _ => json!(["(another header)", hidden(value.len())]),
        }
    }

    /// A frame: its type, its numbers, and stand-ins.
    pub fn frame(&mut self, text: &str) -> Value {
        match serde_json::from_str(text) {
            Ok(Value::Object(fields)) => Value::Object(self.fields(&fields)),
            _ => json!(hidden(text.len())),
        }
    }

    fn fields(&mut self, fields: &Map<String, Value>) -> Map<String, Value> {
        let mut kept = Map::new();
        for (key, value) in fields {
            if let Some(value) = self.field(key, value) {
                kept.insert(key.clone(), value);
            }
        }
        kept
    }

    fn field(&mut self, key: &str, value: &Value) -> Option<Value> {
        match value {
            Value::Number(_) if NUMBERS.contains(&key) || MORE_NUMBERS.contains(&key) => {
                Some(value.clone())
            }
            Value::Object(inner) if key == "heartbeat" || key == "limits" => {
                Some(Value::Object(self.fields(inner)))
            }
            Value::String(text) if PEOPLE.contains(&key) => Some(self.person(text).into()),
            Value::String(text) if key == "id" => {
                Some(alias(&mut self.messages, "message", text).into())
            }
            Value::String(text) if key == "content" => Some(hidden(text.len()).into()),
            Value::String(text) if key == "type" => {
                let mut known = ClientFrame::TYPES.iter().chain(&RelayFrame::TYPES);
                let is_known = known.any(|one| one == text);
                Some(if is_known { value.clone() } else { "(unknown)".into() })
            }
            Value::String(_) if key == "code" => {
                // Through the type, which knows all codes.
                let code: duologue_protocol::ErrorCode =
                    serde_json::from_value(value.clone()).ok()?;
                serde_json::to_value(code).ok()
            }
            _ => None,
        }
    }
}

fn alias(known: &mut Vec<String>, kind: &str, text: &str) -> String {
    let at = known.iter().position(|one| one == text).unwrap_or_else(|| {
        known.push(text.to_owned());
        known.len() - 1
    });
    format!("{kind}-{}", at + 1)
}
