//! Whether a state of the page can be used by everybody, as far as a program can tell: axe-core's rules for WCAG 2.2 AA
//! and what it takes for good practice.
//!
//! The page's Content-Security-Policy lets no page load it; `WebDriver` runs it beside the page's own scripts.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::Browser;

/// Unmodified; `vendor/axe-core/README.md` says from where.
const AXE: &str = include_str!("../vendor/axe-core/axe.min.js");

/// Rules that have one of these tags are looked at.
const TAGS: [&str; 6] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/// What is on its way to another colour is not there yet: a contrast would be one that nobody reads.
const SETTLE: &str = "return Promise.all(document.getAnimations()
    .filter(one => one instanceof CSSTransition).map(one => one.finished.catch(() => {})))
    .then(() => true)";

const RUN: &str = "return axe.run(document, {
        runOnly: {type: 'tag', values: arguments[0]}, resultTypes: ['violations'],
    }).then(found => found.violations.map(({id, help, nodes}) => ({
        rule: id, help, nodes: nodes.map(node => node.target.flat().join(' ')),
        why: nodes[0].failureSummary})))";

/// How many nodes a line names: the same fault may be in each row of a list.
const NAMED: usize = 3;

/// What is wrong with the page as it is drawn now: for each rule a line that begins with `state`.
pub(crate) async fn violations(browser: &Browser, state: &str) -> Vec<String> {
    if browser.run("return typeof axe", vec![]).await == "undefined" {
        browser.run(AXE, vec![]).await;
    }
    browser.run(SETTLE, vec![]).await;
    let found = browser.run(RUN, vec![json!(TAGS)]).await;
    let found = found.as_array().expect("axe-core answers with what it found");
    found.iter().map(|violation| line(state, violation)).collect()
}

fn line(state: &str, violation: &Value) -> String {
    let part = |name: &str| violation[name].as_str().unwrap_or_default();
    let nodes = violation["nodes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let named: Vec<&str> = nodes.iter().filter_map(Value::as_str).take(NAMED).collect();
    let mut line = format!("{state}: {} at {}", part("rule"), named.join(" and at "));
    if nodes.len() > NAMED {
        // Writing to a string can't fail.
        let _ = write!(line, " and at {} more", nodes.len() - NAMED);
    }
    let _ = write!(line, ": {}", part("help"));
    for why in part("why").lines().skip(1) {
        let _ = write!(line, "; {}", why.trim());
    }
    line
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn axe_is_the_one_that_was_published() {
        let sum =
            Sha256::digest(AXE).iter().fold(String::new(), |sum, byte| format!("{sum}{byte:02x}"));
        assert_eq!(sum, "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c");
    }

    #[test]
    fn a_violation_names_state_rule_nodes_and_reason() {
        let violation = json!({"rule": "label", "help": "Fields have labels", "why": "Fix any of:\n  none",
            "nodes": ["#a", "#b", "#c", "#d", "#e"]});
        let expected =
            "1 dark: label at #a and at #b and at #c and at 2 more: Fields have labels; none";
        assert_eq!(line("1 dark", &violation), expected);
    }
}
