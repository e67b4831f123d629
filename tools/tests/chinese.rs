//! What is put together says it in the language that was chosen. In a process of its own: there is one language in each.
#![cfg(not(target_arch = "wasm32"))]

use duologue_session::{Cause, Down, LinkState, Time, Transport};
use duologue_tools::language::{list, sentences};
use duologue_tools::trace::log::Happening;
use duologue_tools::trace::words;

#[test]
fn sentences_are_chinese_and_files_stay_english() {
    rust_i18n::set_locale("zh-CN");
    assert_eq!(list(&["甲", "乙", "丙"].map(String::from)), "甲、乙、丙");
    assert_eq!(sentences(["一。", "二。"].map(String::from)), "一。二。");
    let waiting = LinkState::Waiting { until: Time(5_000), failures: 1, cause: Cause::Unreachable };
    assert_eq!(words::link(&waiting, Time(0)), "5 秒后重连。无法连接中继服务器。");
    let down = Down { code: 1006, reason: String::new() };
    let what = Happening::Down { transport: Transport::LongPolling, was_up: true, down };
    let line = words::happening(&what, true, &rust_i18n::locale());
    assert_eq!(line, "已关闭：长轮询。1006：中断了，没有 close 帧。");
    let line = words::happening(&what, true, duologue_tools::language::OF_FILES);
    assert_eq!(line, "Closed: Long polling. 1006: broke without a close frame.");
    assert!(words::state(&waiting).starts_with("waiting, after 1 failures"));
}
