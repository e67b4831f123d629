//! The article dialect among its own.

use tokio_tungstenite::tungstenite::Message;

use crate::common::TestRelay;

#[tokio::test]
async fn messages_pass_byte_for_byte_as_text() {
    let relay = TestRelay::start().await;
    let mut one = relay.classic("1", "2").await;
    let mut two = relay.classic("2", "1").await;
    for text in [
        r#"{"type":"message","fromUserId":"1","toUserId":"2","content":"hi"}"#,
        "{ \"toUserId\" :\t\"2\",\n\n \"content\":\"a\\u0041\\/\", \"fromUserId\":\"1\"   }",
        r#"{"fromUserId":1,"toUserId":2,"msg":{"deep":[1.50,1e3,null]},"msg2":"👩‍👩‍👧 小秋 שלום"}"#,
        r#"{"fromUserId":"1","fromUserName":"<img src=x onerror=alert(1)>","toUserId":"2"}"#,
        " {\"fromUserId\":\"\\u0031\",\"toUserId\":\"2\",\"type\":\"whatever\"} ",
    ] {
        one.text(text).await;
        assert_eq!(two.next().await, Some(Message::text(text)));
    }
    two.says("2", "1", "back").await;
    assert!(one.next_text().await.contains("back"));
}

#[tokio::test]
async fn every_connection_of_the_other_side_gets_it() {
    let relay = TestRelay::start().await;
    let mut sender = relay.classic("1", "2").await;
    let mut also_sender = relay.classic("1", "2").await;
    let mut first = relay.classic("2", "1").await;
    let mut second = relay.classic("2", "1").await;
    let mut with_somebody_else = relay.classic("2", "3").await;

    let text = sender.says("1", "2", "to both").await;
    assert_eq!(first.next_text().await, text);
    assert_eq!(second.next_text().await, text);
    // The tutorial's page shows what it sends by itself.
    also_sender.settle().await;
    with_somebody_else.settle().await;
}

#[tokio::test]
async fn one_connection_may_write_to_several_people() {
    let relay = TestRelay::start().await;
    let mut one = relay.classic("1", "2").await;
    let mut three = relay.classic("3", "1").await;
    let text = one.says("1", "3", "you too").await;
    assert_eq!(three.next_text().await, text);
}

#[tokio::test]
async fn joined_names_do_not_meet() {
    let relay = TestRelay::start().await;
    let mut sender = relay.classic("a-b", "c").await;
    let mut other = relay.classic("b-c", "a").await;
    let mut peer = relay.classic("c", "a-b").await;

    let text = sender.says("a-b", "c", "for c alone").await;
    assert_eq!(peer.next_text().await, text);
    other.settle().await;
}

#[tokio::test]
async fn a_number_and_its_text_are_one_name() {
    let relay = TestRelay::start().await;
    let mut one = relay.connect("/").await;
    one.text(r#"{"type":"open","fromUserId":1,"toUserId":2}"#).await;
    one.settle().await;
    let mut two = relay.classic("2", "1").await;
    let text = two.says("2", "1", "hi").await;
    assert_eq!(one.next_text().await, text);
}

#[tokio::test]
async fn who_left_gets_nothing_and_who_stays_does() {
    let relay = TestRelay::start().await;
    let mut one = relay.classic("1", "2").await;
    let mut leaves = relay.classic("2", "1").await;
    let mut stays = relay.classic("2", "1").await;
    leaves.0.close(None).await.unwrap();
    while leaves.next().await.is_some() {}
    let text = one.says("1", "2", "still there?").await;
    assert_eq!(stays.next_text().await, text);
}
