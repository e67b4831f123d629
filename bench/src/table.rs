//! Tables, as they are printed and as they stand in the document; and medians of a few rounds.

use std::fmt;

/// A table with a line above it.
#[derive(Debug)]
pub(crate) struct Table {
    title: String,
    words: String,
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// One figure of several rounds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rounds(Vec<f64>);

impl Table {
    pub(crate) fn new(title: &str, words: &str, head: &[&str]) -> Self {
        let head = head.iter().map(ToString::to_string).collect();
        Self { title: title.into(), words: words.into(), head, rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "### {}\n\n{}\n", self.title, self.words)?;
        let width = |column: usize| {
            let cells = self.rows.iter().chain([&self.head]).filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<_> = (0..self.head.len()).map(width).collect();
        let line = |f: &mut fmt::Formatter<'_>, cells: &[String]| {
            for (column, (cell, width)) in cells.iter().zip(&widths).enumerate() {
                if column == 0 {
                    write!(f, "| {cell:<width$} ")?;
                } else {
                    write!(f, "| {cell:>width$} ")?;
                }
            }
            writeln!(f, "|")
        };
        line(f, &self.head)?;
        let rules: Vec<_> = widths
            .iter()
            .enumerate()
            .map(|(column, width)| {
                if column == 0 { "-".repeat(*width) } else { format!("{}:", "-".repeat(width - 1)) }
            })
            .collect();
        line(f, &rules)?;
        self.rows.iter().try_for_each(|row| line(f, row))
    }
}

impl Rounds {
    pub(crate) fn add(&mut self, figure: f64) {
        self.0.push(figure);
        self.0.sort_by(f64::total_cmp);
    }

    pub(crate) fn median(&self) -> Option<f64> {
        self.0.get(self.0.len() / 2).copied()
    }

    /// How far the rounds are apart, as a part of the median.
    pub(crate) fn spread(&self) -> Option<f64> {
        Some((self.0.last()? - self.0.first()?) / self.median()?)
    }
}

/// A count with a comma between thousands.
pub(crate) fn count(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A time that is given in nanoseconds.
#[expect(clippy::cast_precision_loss, reason = "for people to read")]
pub(crate) fn time(nanoseconds: u64) -> String {
    match nanoseconds {
        0..1_000_000 => format!("{:.0} µs", nanoseconds as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} ms", nanoseconds as f64 / 1e6),
        _ => format!("{:.1} s", nanoseconds as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new("Title", "Words.", &["relay", "a second"]);
        table.row(["x".into(), count(1_234_567.0)]);
        let shown = "### Title\n\nWords.\n\n| relay |  a second |\n| ----- | --------: |\n| x     | 1,234,567 |\n";
        assert_eq!(table.to_string(), shown);
    }

    #[test]
    fn the_median_and_the_spread_are_of_all_rounds() {
        let mut rounds = Rounds::default();
        for figure in [30.0, 10.0, 20.0] {
            rounds.add(figure);
        }
        assert_eq!((rounds.median(), rounds.spread()), (Some(20.0), Some(1.0)));
    }
}
