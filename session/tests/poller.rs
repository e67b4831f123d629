//! v1 over HTTP from the client's side: which requests are made, and what their answers do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::unnecessary_wraps)]

use std::time::Duration;

use duologue_protocol::limits::{POST_MAX_BYTES, POST_MAX_FRAMES, SHORT_POLL_INTERVAL};
use duologue_protocol::polling::{Posted, Token};
use duologue_session::{
    ANSWER_TIMEOUT, Answer, Down, Poller, PollerOutput, Request, RequestId, SHORT_POLL_SOON, Time,
};

struct Client {
    poller: Poller,
    now: Time,
}

fn token() -> Token {
    Token::from_random([7; 32])
}

fn ok(body: impl Into<String>) -> Option<Answer> {
    Some(Answer { status: 200, body: body.into() })
}

fn status(status: u16) -> Option<Answer> {
    Some(Answer { status, body: String::new() })
}

fn polled(after: u64, frames: &[&str]) -> Option<Answer> {
    ok(format!(r#"{{"after":{after},"frames":[{}]}}"#, frames.join(",")))
}

fn taken(taken: u64) -> Option<Answer> {
    ok(format!(r#"{{"taken":{taken}}}"#))
}

impl Client {
    fn new(is_long: bool) -> Self {
        let now = Time(1_800_000_000_000);
        let mut client = Self { poller: Poller::new(now, is_long), now };
        let outputs = client.outputs();
        assert_eq!(outputs, [PollerOutput::Request(RequestId(1), Request::Open)]);
        client
    }

    /// One whose first poll is request 2.
    fn open(is_long: bool) -> Self {
        let mut client = Self::new(is_long);
        let opened = client.answers(
            1,
            ok(format!(
                r#"{{"token":"{}","frames":[{{"type":"challenge"}}]}}"#,
                String::from(token())
            )),
        );
        assert_eq!(opened[0], PollerOutput::Up);
        assert_eq!(opened[1], PollerOutput::Text(r#"{"type":"challenge"}"#.into()));
        assert_eq!(polls(&opened), [(2, 1)]);
        client
    }

    fn outputs(&mut self) -> Vec<PollerOutput> {
        std::iter::from_fn(|| self.poller.poll_output()).collect()
    }

    fn answers(&mut self, request: u64, answer: Option<Answer>) -> Vec<PollerOutput> {
        self.poller.answered(self.now, RequestId(request), answer);
        self.outputs()
    }

    fn sends(&mut self, text: &str) -> Vec<PollerOutput> {
        self.poller.send(self.now, text.into());
        self.outputs()
    }

    fn advance(&mut self, by: Duration) -> Vec<PollerOutput> {
        self.now = self.now + by;
        self.poller.timer(self.now);
        self.outputs()
    }
}

/// The polls among them: the request's number and what it has.
fn polls(outputs: &[PollerOutput]) -> Vec<(u64, u64)> {
    let poll = |output: &PollerOutput| match output {
        PollerOutput::Request(id, Request::Poll { after, token: with, .. }) => {
            assert_eq!(*with, token());
            Some((id.0, *after))
        }
        _ => None,
    };
    outputs.iter().filter_map(poll).collect()
}

/// The posts among them: the request's number, its first frame's, and the frames.
fn posts(outputs: &[PollerOutput]) -> Vec<(u64, u64, Vec<String>)> {
    let post = |output: &PollerOutput| match output {
        PollerOutput::Request(id, Request::Post { body, frames, .. }) => {
            assert!(body.len() <= POST_MAX_BYTES);
            let posted: Posted = serde_json::from_str(body).unwrap();
            assert_eq!(*frames, posted.frames.len());
            let frames = posted.frames.iter().map(|frame| frame.get().to_owned()).collect();
            Some((id.0, posted.from, frames))
        }
        _ => None,
    };
    outputs.iter().filter_map(post).collect()
}

fn texts(outputs: &[PollerOutput]) -> Vec<&str> {
    let mut texts = Vec::new();
    for output in outputs {
        if let PollerOutput::Text(text) = output {
            texts.push(text.as_str());
        }
    }
    texts
}

fn down(outputs: &[PollerOutput]) -> Option<u16> {
    outputs.iter().find_map(|output| match output {
        PollerOutput::Down(Down { code, .. }) => Some(*code),
        _ => None,
    })
}

#[test]
fn what_cannot_be_opened_is_down() {
    for answer in [None, status(403), status(404), status(503), ok("<html>")] {
        assert_eq!(down(&Client::new(true).answers(1, answer)), Some(1006));
    }
    let late = Client::new(true).advance(ANSWER_TIMEOUT);
    assert_eq!(late[0], PollerOutput::Abandon(RequestId(1)));
    assert_eq!(down(&late), Some(1006));
}

#[test]
fn a_long_poll_follows_the_other_and_says_what_is_here() {
    let mut client = Client::open(true);
    let came = client.answers(2, polled(1, &["1", "2"]));
    assert_eq!(texts(&came), ["1", "2"]);
    assert_eq!(polls(&came), [(3, 3)]);
    client.now = client.now + Duration::from_secs(20);
    let empty = client.answers(3, polled(3, &[]));
    assert_eq!(polls(&empty), [(4, 3)]);
}

#[test]
fn a_long_poll_that_is_not_held_is_not_repeated_at_once() {
    let mut client = Client::open(true);
    for request in 2..10 {
        client.now = client.now + Duration::from_millis(999);
        assert!(client.answers(request, polled(1, &[])).is_empty());
        let wait = client.poller.poll_timeout().unwrap().since(client.now);
        assert_eq!(wait, SHORT_POLL_SOON);
        assert!(client.advance(SHORT_POLL_SOON / 2).is_empty());
        assert_eq!(polls(&client.advance(SHORT_POLL_SOON / 2)), [(request + 1, 1)]);
    }
    assert_eq!(polls(&client.answers(10, polled(1, &["1"]))), [(11, 2)], "that brought something");
    client.now = client.now + Duration::from_secs(1);
    assert_eq!(polls(&client.answers(11, polled(2, &[]))), [(12, 2)], "that was held");
}

#[test]
fn a_poll_whose_answer_got_lost_is_made_again() {
    let mut client = Client::open(true);
    assert!(client.answers(2, None).is_empty());
    assert_eq!(polls(&client.advance(SHORT_POLL_SOON)), [(3, 1)]);
    assert!(client.answers(2, polled(1, &["0"])).is_empty(), "an answer that nobody waits for");
    assert_eq!(texts(&client.answers(3, polled(1, &["1"]))), ["1"]);
    assert!(texts(&client.answers(4, polled(1, &["1"]))).is_empty(), "of another place");
}

#[test]
fn a_poll_that_is_never_answered_is_given_up_and_made_again() {
    let mut client = Client::open(true);
    let late = client.advance(Duration::from_secs(30));
    assert_eq!(late[0], PollerOutput::Abandon(RequestId(2)));
    assert_eq!(polls(&late), [(3, 1)]);
}

#[test]
fn short_polls_come_seldom_while_nothing_happens_and_soon_after_something() {
    let mut client = Client::open(false);
    assert!(client.answers(2, polled(1, &[])).is_empty());
    let wait = client.poller.poll_timeout().unwrap().since(client.now);
    assert_eq!(wait, SHORT_POLL_INTERVAL);
    assert_eq!(polls(&client.advance(SHORT_POLL_INTERVAL)), [(3, 1)]);
    client.answers(3, polled(1, &["1"]));
    assert_eq!(polls(&client.advance(SHORT_POLL_SOON)), [(4, 2)]);
    client.answers(4, polled(2, &[]));
    let posted = posts(&client.sends("7"));
    assert_eq!(posted, [(5, 1, vec!["7".to_owned()])]);
    client.answers(5, taken(1));
    assert_eq!(polls(&client.advance(SHORT_POLL_SOON)), [(6, 2)]);
}

#[test]
fn frames_that_come_while_a_post_is_on_its_way_go_together() {
    let mut client = Client::open(true);
    assert_eq!(posts(&client.sends("1")).len(), 1);
    assert!(client.sends("2").is_empty() && client.sends("3").is_empty());
    let next = posts(&client.answers(3, taken(1)));
    assert_eq!(next, [(4, 2, vec!["2".to_owned(), "3".to_owned()])]);
    assert!(client.answers(4, taken(3)).is_empty());
}

#[test]
fn a_post_that_may_have_got_lost_is_sent_again_under_the_same_numbers() {
    let mut client = Client::open(true);
    client.sends("1");
    client.answers(3, None);
    client.sends("2");
    let again = posts(&client.advance(SHORT_POLL_SOON));
    assert_eq!(again, [(4, 1, vec!["1".to_owned(), "2".to_owned()])]);
    // The relay had the first one: only its answer was lost.
    assert_eq!(posts(&client.answers(4, taken(1)))[0].1, 2);
}

#[test]
fn a_post_is_bounded_in_frames_and_bytes() {
    let mut client = Client::open(true);
    client.sends("0");
    for n in 0..100 {
        client.sends(&n.to_string());
    }
    let (id, _, frames) = posts(&client.answers(3, taken(1))).remove(0);
    assert_eq!(frames.len(), POST_MAX_FRAMES);
    let large = format!("\"{}\"", "x".repeat(60_000));
    for _ in 0..9 {
        client.sends(&large);
    }
    let (id, _, rest) = posts(&client.answers(id, taken(65))).remove(0);
    assert_eq!(rest.len(), 36 + 4);
    assert_eq!(posts(&client.answers(id, taken(105)))[0].2.len(), 4);
}

#[test]
fn a_request_that_fails_again_and_again_ends_the_connection() {
    let mut client = Client::open(true);
    let mut request = 2;
    let pauses = [250, 500, 1_000];
    for pause in pauses {
        assert!(client.answers(request, status(502)).is_empty());
        assert!(client.advance(Duration::from_millis(pause - 1)).is_empty());
        request = polls(&client.advance(Duration::from_millis(1)))[0].0;
    }
    assert_eq!(down(&client.answers(request, None)), Some(1006));
    assert_eq!(client.poller.poll_timeout(), None);
}

#[test]
fn what_the_relay_does_not_know_any_more_is_down_at_once() {
    let mut client = Client::open(true);
    client.sends("1");
    let over = client.answers(3, status(401));
    assert_eq!(down(&over), Some(1006));
    assert!(over.contains(&PollerOutput::Abandon(RequestId(2))));
    assert!(client.sends("2").is_empty() && client.answers(2, polled(1, &["1"])).is_empty());
}

#[test]
fn the_relays_own_end_comes_with_its_code_and_after_the_last_frames() {
    let mut client = Client::open(true);
    let body = r#"{"after":1,"frames":[1],"close":{"code":4000,"reason":"later"}}"#;
    let last = client.answers(2, ok(body));
    assert_eq!(texts(&last), ["1"]);
    assert_eq!(down(&last), Some(4000));
}

#[test]
fn held_polls_that_are_cut_twice_in_a_row_are_reported() {
    let cut = Duration::from_secs(2);
    let mut client = Client::open(true);
    client.now = client.now + cut;
    let first = client.answers(2, None);
    assert_eq!(polls(&first), [(3, 1)], "made again at once");
    client.now = client.now + cut;
    let second = client.answers(3, status(504));
    assert!(second.contains(&PollerOutput::HeldCut), "{second:?}");
    assert_eq!(polls(&second), [(4, 1)], "and it goes on");
}

#[test]
fn one_that_was_held_longer_than_the_cut_one_shows_that_it_was_an_accident() {
    let mut client = Client::open(true);
    client.now = client.now + Duration::from_secs(2);
    client.answers(2, None);
    client.now = client.now + Duration::from_secs(3);
    client.answers(3, polled(1, &[]));
    client.now = client.now + Duration::from_secs(2);
    let cut = client.answers(4, None);
    assert!(!cut.contains(&PollerOutput::HeldCut));
    // One that had its answer sooner shows nothing.
    client.now = client.now + Duration::from_secs(1);
    client.answers(5, polled(1, &["1"]));
    client.now = client.now + Duration::from_secs(2);
    assert!(client.answers(6, None).contains(&PollerOutput::HeldCut));
}

#[test]
fn what_waits_for_a_post_is_bounded() {
    let mut client = Client::open(true);
    let end = (0..10_000).find_map(|_| down(&client.sends("1")));
    assert_eq!(end, Some(1006));
}

#[test]
fn a_clock_that_is_set_back_stops_no_polling() {
    let mut client = Client::open(false);
    client.answers(2, polled(1, &[]));
    client.now = Time(client.now.0 - 3_600_000);
    assert!(client.advance(Duration::ZERO).is_empty());
    let wait = client.poller.poll_timeout().unwrap().since(client.now);
    assert_eq!(wait, SHORT_POLL_INTERVAL);
    assert_eq!(polls(&client.advance(SHORT_POLL_INTERVAL)).len(), 1);
}
