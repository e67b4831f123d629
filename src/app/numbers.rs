//! How numbers are written, in every language that the page speaks.

/// A count, in groups of three.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            // A narrow space that doesn't break: no language takes it for a decimal sign.
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// How many there are of something.
pub fn count(number: usize) -> String {
    // There are no more than that on any machine there is.
    grouped(u64::try_from(number).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_in_groups_of_three() {
        let all = [0, 999, 1_000, 1_234_567].map(grouped);
        assert_eq!(all, ["0", "999", "1\u{202f}000", "1\u{202f}234\u{202f}567"]);
        assert_eq!(count(16_384), "16\u{202f}384");
    }
}
