//! Ranged values (MS-ADTS 3.1.1.3.1.3.3): Active Directory cuts long values lists into pieces, such as
//! `member;range=0-1499`, of which the last ends in `*`.

/// The option `range=FIRST-LAST` of an attribute description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    /// Index of the first value, from 0.
    first: u64,
    /// Index of the last value; none for `*`, which means the end.
    last: Option<u64>,
}

/// What follows behind a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// Nothing: this was the last piece.
    Nothing,
    /// More values, from this index on.
    From(u64),
}

/// Why the pieces of a ranged attribute do not make up the whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RangeProblem {
    /// A piece starts elsewhere than the last one ended: a gap or an overlap.
    #[error("a piece starts at value {found}, where {expected} was due")]
    WrongStart {
        /// The index that was due.
        expected: u64,
        /// The index that came.
        found: u64,
    },
    /// A piece holds more or fewer values than it announces.
    #[error("a piece announces {announced} values and holds {found}")]
    WrongCount {
        /// As many as `range=` says.
        announced: u64,
        /// As many as came.
        found: u64,
    },
    /// A piece holds no values.
    #[error("a piece holds no values")]
    Empty,
    /// The next piece did not come.
    #[error("no piece came for value {0} and those behind it")]
    Missing(u64),
    /// One entry carries values of the attribute in two ways.
    #[error("one answer holds several lists of its values")]
    Mixed,
    /// One value stands in two pieces.
    #[error("one value stands in two pieces")]
    Twice,
    /// The entry changed while its pieces were read, each time that they were.
    #[error("the entry changed each time its pieces were read")]
    Changing,
    /// A file holds only the first pieces.
    #[error("the file holds values up to the one before {0} and not those behind it")]
    Open(u64),
}

impl Range {
    /// Reads `range=FIRST-LAST`, without case; none for any other option.
    pub(super) fn parse(option: &str) -> Option<Self> {
        let (name, bounds) = option.split_once('=')?;
        if !name.eq_ignore_ascii_case("range") {
            return None;
        }
        let (first, last) = bounds.split_once('-')?;
        let last = if last == "*" { None } else { Some(last.parse().ok()?) };
        Some(Self { first: first.parse().ok()?, last })
    }

    /// Checks a piece of `count` values that is due to start at `expected`.
    pub(super) fn check(self, expected: u64, count: usize) -> Result<Rest, RangeProblem> {
        if self.first != expected {
            return Err(RangeProblem::WrongStart { expected, found: self.first });
        }
        if count == 0 {
            return Err(RangeProblem::Empty);
        }
        let Some(last) = self.last else { return Ok(Rest::Nothing) };
        let found = u64::try_from(count).unwrap_or(u64::MAX);
        let announced = last.saturating_add(1).saturating_sub(self.first);
        if announced != found {
            return Err(RangeProblem::WrongCount { announced, found });
        }
        Ok(Rest::From(last.saturating_add(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_option_in_any_case() {
        assert_eq!(Range::parse("range=0-1499"), Some(Range { first: 0, last: Some(1499) }));
        assert_eq!(Range::parse("Range=1500-*"), Some(Range { first: 1500, last: None }));
        for option in ["binary", "range=", "range=0", "range=a-b", "range=-1", "lang-de"] {
            assert_eq!(Range::parse(option), None, "{option}");
        }
    }

    #[test]
    fn accepts_only_the_piece_that_is_due() {
        let piece = Range { first: 1500, last: Some(2999) };
        assert_eq!(piece.check(1500, 1500), Ok(Rest::From(3000)));
        assert_eq!(piece.check(0, 1500), Err(RangeProblem::WrongStart { expected: 0, found: 1500 }));
        assert_eq!(piece.check(1500, 0), Err(RangeProblem::Empty));
        assert_eq!(piece.check(1500, 1499), Err(RangeProblem::WrongCount { announced: 1500, found: 1499 }));
        let last = Range { first: 3000, last: None };
        assert_eq!(last.check(3000, 1), Ok(Rest::Nothing));
        assert_eq!(last.check(3000, 0), Err(RangeProblem::Empty));
    }
}
