//! What the suite's results are worth. It knows nothing of how they were come by.

use std::fmt;

use crate::run::{Failure, Result};

/// The sets of cases that have to pass, and how many cases there are in each: fewer would be no proof.
/// Sets 12 and 13 are for compression, which the relay doesn't offer; 8 and 11 were never written.
pub(super) const SETS: [(u32, usize); 9] =
    [(1, 16), (2, 11), (3, 7), (4, 10), (5, 20), (6, 145), (7, 37), (9, 54), (10, 1)];

/// How many cases went how, all of them well enough.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Summary {
    ok: usize,
    non_strict: Vec<String>,
    informational: usize,
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ok, non_strict, informational } = self;
        let cases = ok + non_strict.len() + informational;
        write!(formatter, "{cases} cases: {ok} OK, {} non-strict", non_strict.len())?;
        if !non_strict.is_empty() {
            write!(formatter, " ({})", non_strict.join(", "))?;
        }
        write!(formatter, ", {informational} informational")
    }
}

/// Reads the lines of `cases.py`. A case that failed, or that should be there and isn't, is a failure.
pub(super) fn judge(lines: &str) -> Result<Summary> {
    let mut summary = Summary::default();
    let mut wrong = Vec::new();
    let mut counts = SETS.map(|(set, _)| (set, 0));
    for line in lines.lines() {
        let mut fields = line.splitn(4, '\t');
        let (Some(case), Some(behaviour), Some(close)) =
            (fields.next(), fields.next(), fields.next())
        else {
            return Err(Failure::new(format!("the suite printed what is no result: {line}")));
        };
        let set = case.split('.').next().and_then(|set| set.parse().ok());
        match counts.iter_mut().find(|(known, _)| Some(*known) == set) {
            Some((_, count)) => *count += 1,
            None => wrong.push(format!("case {case} is of no set that was asked for")),
        }
        match (behaviour, close) {
            ("OK", "OK") => summary.ok += 1,
            ("NON-STRICT", "OK") => summary.non_strict.push(case.to_owned()),
            // The case asks what the rules leave open.
            ("OK" | "NON-STRICT" | "INFORMATIONAL", "INFORMATIONAL") | ("INFORMATIONAL", "OK") => {
                summary.informational += 1;
            }
            _ => {
                let words = fields.next().unwrap_or_default();
                wrong.push(format!("case {case}: {behaviour}, closing: {close} ({words})"));
            }
        }
    }
    for ((set, wanted), (_, got)) in SETS.into_iter().zip(counts) {
        if got != wanted {
            wrong.push(format!("set {set}: {got} cases were run, of {wanted}"));
        }
    }
    if wrong.is_empty() {
        Ok(summary)
    } else {
        Err(Failure::new(format!(
            "the WebSocket layer doesn't conform:\n    {}",
            wrong.join("\n    ")
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every case, each of them well.
    fn all() -> Vec<String> {
        SETS.into_iter()
            .flat_map(|(set, count)| {
                (1..=count).map(move |n| format!("{set}.1.{n}\tOK\tOK\tWell."))
            })
            .collect()
    }

    fn why(lines: &[String]) -> String {
        judge(&lines.join("\n")).unwrap_err().to_string()
    }

    #[test]
    fn what_passed_is_counted() {
        let mut lines = all();
        lines[0] = "1.1.1\tNON-STRICT\tOK\tNearly.".to_owned();
        lines[1] = "1.1.2\tINFORMATIONAL\tINFORMATIONAL\tWho knows.".to_owned();
        let summary = judge(&lines.join("\n")).unwrap().to_string();
        assert_eq!(summary, "301 cases: 299 OK, 1 non-strict (1.1.1), 1 informational");
    }

    #[test]
    fn a_case_that_failed_is_named() {
        for (behaviour, close) in [
            ("FAILED", "OK"),
            ("OK", "FAILED"),
            ("OK", "UNCLEAN"),
            ("OK", "WRONG CODE"),
            ("ERROR", "OK"),
            ("UNIMPLEMENTED", "OK"),
            ("INFORMATIONAL", "FAILED BY CLIENT"),
        ] {
            let mut lines = all();
            lines[20] = format!("2.1.5\t{behaviour}\t{close}\tNot so.");
            let why = why(&lines);
            assert!(why.contains("2.1.5") && why.contains("Not so."), "{why}");
            assert!(!why.contains("set 2"), "{why}");
        }
    }

    #[test]
    fn a_case_that_was_not_run_is_missed() {
        let mut lines = all();
        lines.truncate(300);
        assert!(why(&lines).contains("set 10: 0 cases were run, of 1"));
        assert!(why(&[]).contains("set 1: 0 cases were run, of 16"));
        lines.push("12.1.1\tOK\tOK\tWell.".to_owned());
        assert!(why(&lines).contains("12.1.1"));
        assert!(why(&["Traceback".to_owned()]).contains("Traceback"));
    }
}
