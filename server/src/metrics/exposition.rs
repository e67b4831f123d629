//! How everything that is counted is called, and all of it as text in Prometheus' format (version 0.0.4). What each
//! means to an operator is in docs/operate.md, and a test keeps the two in step.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{SystemTime, UNIX_EPOCH};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::prometheus_text;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use super::Metrics;
use crate::hub::Hub;
use crate::outgoing::Waiting;
use crate::post::Queue;

pub(super) use prometheus_client::encoding::prometheus_text::CONTENT_TYPE;

/// What is looked at when somebody asks, and is never counted.
#[derive(Debug)]
pub(crate) struct Live {
    /// Which names there are.
    pub(crate) hub: Arc<Hub>,
    /// What waits to be written.
    pub(crate) queue: Arc<Queue>,
    /// What waits to be sent.
    pub(crate) waiting: Arc<Waiting>,
    /// What is being written.
    pub(crate) metrics: Arc<Metrics>,
}

/// All metrics of a relay, by their names.
#[derive(Debug)]
pub(super) struct Exposition(Registry);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Build {
    version: &'static str,
}

impl Exposition {
    /// The metrics of a relay that starts now.
    pub(super) fn new(live: Live) -> Self {
        let mut registry = Registry::with_prefix("duologue");
        let build = Info::new(Build { version: env!("CARGO_PKG_VERSION") });
        registry.register("build", "The relay's version, in a label", build);
        let start = Gauge::<f64, AtomicU64>::default();
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        start.set(since.as_secs_f64());
        registry.register("start_time_seconds", "When the relay started, in Unix time", start);
        connections(&mut registry, &live.metrics);
        storage(&mut registry, &live.metrics);
        refusals(&mut registry, &live.metrics);
        registry.register_collector(Box::new(live));
        Self(registry)
    }

    /// The text that Prometheus reads.
    pub(super) fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        prometheus_text::encode(&mut text, &self.0)?;
        Ok(text)
    }
}

fn connections(registry: &mut Registry, metrics: &Metrics) {
    let connections = &metrics.connections;
    registry.register(
        "connections_open",
        "Connections that are open now",
        connections.open.clone(),
    );
    registry.register(
        "connections_opened",
        "Connections that were opened",
        connections.opened.clone(),
    );
    registry.register(
        "connections_closed",
        "Connections that ended, by who ended them and the close code",
        connections.closed.clone(),
    );
    registry.register(
        "received_frames",
        "Frames that came from clients",
        connections.received_frames.clone(),
    );
    registry.register(
        "received_bytes",
        "Bytes that came from clients",
        connections.received_bytes.clone(),
    );
    registry.register(
        "sent_frames",
        "Frames that were sent to clients",
        connections.sent_frames.clone(),
    );
    registry.register(
        "sent_bytes",
        "Bytes that were sent to clients",
        connections.sent_bytes.clone(),
    );
}

fn storage(registry: &mut Registry, metrics: &Metrics) {
    let storage = &metrics.storage;
    registry.register("messages_stored", "Messages that were stored", storage.stored.clone());
    registry.register(
        "messages_repeated",
        "Messages that came again and were stored before",
        storage.repeated.clone(),
    );
    registry.register(
        "messages_refused",
        "Messages that were not stored, and whose senders were told so",
        storage.refused.clone(),
    );
    registry.register(
        "receipts_written",
        "Receipts that moved on, by what they say of the messages up to a place",
        storage.receipts.clone(),
    );
    registry.register(
        "commit_batch_entries",
        "Messages, receipts and names in a commit",
        storage.batches.clone(),
    );
    registry.register("commit_duration_seconds", "How long a commit took", storage.seconds.clone());
    registry.register(
        "commits_failed",
        "Commits of which nothing was stored",
        storage.failed.clone(),
    );
}

fn refusals(registry: &mut Registry, metrics: &Metrics) {
    let refusals = &metrics.refusals;
    registry.register(
        "rejections",
        "Input of clients that was refused, by the error code of the rule",
        refusals.rejections.clone(),
    );
    registry.register(
        "requests_refused",
        "Requests that were refused before there was a connection",
        refusals.requests.clone(),
    );
}

impl Collector for Live {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let depth = self.queue.depth();
        let writing = usize::try_from(self.metrics.storage.writing.get()).unwrap_or_default();
        for (name, help, value) in [
            (
                "messages_pending",
                "Messages that wait to be stored or are being stored.",
                depth.messages + writing,
            ),
            ("writer_queue_jobs", "What waits for the writer, of every kind.", depth.jobs),
            (
                "outgoing_queue_bytes",
                "What waits to be sent, over all connections.",
                self.waiting.bytes(),
            ),
            ("names_claimed", "Names that belong to a key.", self.hub.names()),
        ] {
            let gauge = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX)).encode(gauge)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use duologue_protocol::identity::PublicKey;
    use duologue_protocol::{Content, MessageId, Seq, UnixMillis, UserId};

    use super::*;
    use crate::hub::{Opening, Post};
    use crate::mailbox::MemoryMailbox;
    use crate::metrics::listener::CONNECTIONS_MAX;
    use crate::outgoing;
    use crate::post::{BATCH_MAX, Office, Room, Size};

    const DOCUMENT: &str = include_str!("../../../docs/operate.md");

    /// What a relay tells that has done nothing yet.
    fn text() -> String {
        let office = Office::open(Box::new(MemoryMailbox::default()), UnixMillis(0)).unwrap();
        let metrics = Arc::clone(&office.hub.metrics);
        let (hub, queue, waiting) = (office.hub, office.queue, Arc::default());
        Exposition::new(Live { hub, queue, waiting, metrics }).text().unwrap()
    }

    /// The labels of a sample's line, without `le`, which every histogram has.
    fn labels(sample: &str) -> BTreeSet<(String, String)> {
        let inside = sample.split_once('{').map_or("", |(_, rest)| rest.split('}').next().unwrap());
        let pairs = inside.split(',').filter_map(|pair| pair.split_once('='));
        let pairs = pairs.map(|(label, value)| (label.to_owned(), value.trim_matches('"').into()));
        pairs.filter(|(label, _)| label != "le").collect()
    }

    /// Name, type and labels of each metric.
    fn exported() -> BTreeSet<(String, String, BTreeSet<String>)> {
        let text = text();
        let of = |name: &str| {
            let samples = text.lines().filter(|line| line.starts_with(name));
            samples.flat_map(labels).map(|(label, _)| label).collect()
        };
        let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
        types.map(|(name, kind)| (name.to_owned(), kind.to_owned(), of(name))).collect()
    }

    fn cells(row: &str) -> Vec<&str> {
        row.split('|').map(str::trim).collect()
    }

    #[test]
    fn the_document_has_every_metric_with_its_type_and_labels_and_no_other() {
        let rows = DOCUMENT.lines().filter(|line| line.starts_with("| `duologue_"));
        let documented: BTreeSet<_> = rows
            .map(|row| {
                let cells = cells(row);
                assert_eq!(cells.len(), 7, "{row}");
                assert!(!cells[5].is_empty(), "{row}");
                let labels = cells[3].split(',').map(|label| label.trim().trim_matches('`'));
                let labels = labels.filter(|label| !label.is_empty()).map(str::to_owned).collect();
                (cells[1].trim_matches('`').to_owned(), cells[2].to_owned(), labels)
            })
            .collect();
        assert_eq!(documented, exported());
        // What is named elsewhere in it, in alerts above all, exists as well.
        let word = |c: char| !c.is_ascii_alphanumeric() && c != '_';
        for name in DOCUMENT.split(word).filter(|word| word.starts_with("duologue_")) {
            let family =
                ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
            let family = family.unwrap_or(name);
            assert!(documented.iter().any(|(known, ..)| known == family), "{name}");
        }
    }

    #[test]
    fn the_numbers_in_the_document_are_the_codes() {
        for number in [
            format!("takes {CONNECTIONS_MAX} connections at a time"),
            format!("in one commit, {BATCH_MAX} at the most"),
        ] {
            assert!(DOCUMENT.contains(&number), "the document does not say {number:?}");
        }
    }

    #[test]
    fn every_value_of_a_label_is_known_beforehand_and_said() {
        for line in text().lines().filter(|line| !line.starts_with('#')) {
            for (label, value) in labels(line) {
                let is_said = match label.as_str() {
                    "version" => value == env!("CARGO_PKG_VERSION"),
                    "rule" if line.starts_with("duologue_rejections") => {
                        include_str!("../../../docs/protocol.md")
                            .contains(&format!("| `{value}` |"))
                    }
                    "code" => {
                        let digits = value.parse::<u16>();
                        digits.is_ok_and(|code| code >= 4000) || DOCUMENT.contains(&value)
                    }
                    "status" => DOCUMENT.contains(&format!("| {value} |")),
                    _ => DOCUMENT.contains(&format!("`{value}`")),
                };
                assert!(is_said, "{line}");
            }
        }
    }

    #[test]
    fn what_there_is_now_is_looked_at() {
        let Office { hub, queue, mut writer, .. } =
            Office::open(Box::new(MemoryMailbox::default()), UnixMillis(0)).unwrap();
        let (waiting, metrics) = (Arc::<Waiting>::default(), Arc::clone(&hub.metrics));
        let (outgoing, sending) = outgoing::queue_of(&waiting);
        let name = |name| UserId::parse(name).unwrap();
        let key = Some(PublicKey::from_bytes([1; 32]));
        let opening = Opening { person: name("ann"), key, welcome: "welcome".into() };
        let mut ann = hub.attach_person(opening, outgoing, Seq::START, Seq::START).unwrap();
        let hub_of_ann = Arc::clone(&hub);
        let live = Live { hub: hub_of_ann, queue: Arc::clone(&queue), waiting, metrics };
        let exposition = Exposition::new(live);
        let gauges = |expected: [usize; 3]| {
            let text = exposition.text().unwrap();
            for (name, value) in
                ["messages_pending", "writer_queue_jobs", "names_claimed"].iter().zip(expected)
            {
                assert!(text.contains(&format!("\nduologue_{name} {value}\n")), "{value}: {text}");
            }
            text
        };
        // The claim, and what the new connection asks for: mail and receipts.
        gauges([0, 3, 1]);
        for id in ["m-1", "m-2"] {
            let id = MessageId::parse(id).unwrap();
            let content = Content::parse("hi").ok();
            let post = Post { to: name("ben"), id, at: UnixMillis(0), content, classic: None };
            ann.post(post, Room::unbounded()).unwrap();
        }
        gauges([2, 5, 1]);
        let committed = writer.commit(queue.take(Size::Large));
        writer.settle(committed);
        let text = gauges([0, 0, 1]);
        // `welcome`, and twice `stored`.
        assert!(!text.contains("\nduologue_outgoing_queue_bytes 0\n"), "{text}");
        drop(sending);
        assert!(gauges([0, 0, 1]).contains("\nduologue_outgoing_queue_bytes 0\n"));
    }

    #[test]
    fn names_are_as_prometheus_has_them() {
        for (name, kind, _) in exported() {
            assert!(name.starts_with("duologue_"), "{name}");
            assert_eq!(name.ends_with("_total"), kind == "counter", "{name}");
        }
    }
}
