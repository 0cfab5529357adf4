//! Faults as people write them.

use std::fmt;
use std::str::FromStr;

use axum::http::StatusCode;

use super::{Fault, FaultError, FaultKind, Turn};
use crate::sandbox::conditions::{duration_text, parse_duration};

/// How a fault is written.
const FORM: &str = "a fault is METHOD PATH [nth=N|every=N] and one of status=CODE [retry-after=VALUE], ip-block, \
                    drop=before, drop=after, stall, stall=DURATION";
/// No path of the API is longer.
const LONGEST_PATH: usize = 1_000;

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let mut words = text.split_whitespace();
        let (Some(method), Some(path)) = (words.next(), words.next()) else { return Err(wrong(FORM)) };
        if method != "*" && !method.bytes().all(|letter| letter.is_ascii_alphabetic()) {
            return Err(wrong(format!("{method:?} is no method; {FORM}")));
        }
        if path.len() > LONGEST_PATH || !(path.starts_with('/') || path.starts_with('*')) {
            return Err(wrong(format!("{path:?} is no path: it begins with / or *")));
        }
        let (mut turn, mut kind, mut retry_after) = (None, None, None);
        for word in words {
            let (name, value) =
                word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
            let is_new = match name {
                "nth" => turn.replace(Turn::Nth(count(word, value)?)).is_none(),
                "every" => turn.replace(Turn::Every(count(word, value)?)).is_none(),
                "retry-after" => retry_after.replace(header(word, value)?).is_none(),
                _ => kind.replace(parse_kind(word, name, value)?).is_none(),
            };
            if !is_new {
                return Err(wrong(format!("{word:?} says again what was said before it")));
            }
        }
        let kind = kind.ok_or_else(|| wrong(format!("it does not say what goes wrong; {FORM}")))?;
        if retry_after.is_some() && !matches!(kind, FaultKind::Status(_)) {
            return Err(wrong("retry-after goes with status only"));
        }
        Ok(Self {
            method: method.to_ascii_uppercase(),
            path: path.to_owned(),
            turn: turn.unwrap_or(Turn::Every(1)),
            kind,
            retry_after,
        })
    }
}

fn parse_kind(word: &str, name: &str, value: Option<&str>) -> Result<FaultKind, FaultError> {
    match (name, value) {
        ("status", Some(status)) => {
            let code = status.parse().ok().filter(|code| StatusCode::from_u16(*code).is_ok() && *code >= 200);
            code.map(FaultKind::Status)
                .ok_or_else(|| wrong(format!("{word:?}: a status is a number from 200 to 999")))
        }
        ("ip-block", None) => Ok(FaultKind::IpBlock),
        ("drop", Some("before")) => Ok(FaultKind::DropBefore),
        ("drop", Some("after")) => Ok(FaultKind::DropAfter),
        ("stall", None) => Ok(FaultKind::Stall(None)),
        ("stall", Some(time)) => match parse_duration(time) {
            Ok(time) => Ok(FaultKind::Stall(Some(time))),
            Err(problem) => Err(wrong(format!("{word:?}: {problem}"))),
        },
        _ => Err(wrong(format!("{word:?} is not known; {FORM}"))),
    }
}

fn count(word: &str, value: Option<&str>) -> Result<usize, FaultError> {
    let count = value.and_then(|value| value.parse().ok()).filter(|count| *count > 0);
    count.ok_or_else(|| wrong(format!("{word:?}: requests are counted from 1")))
}

fn header(word: &str, value: Option<&str>) -> Result<String, FaultError> {
    let is_printable =
        |value: &&str| !value.is_empty() && value.bytes().all(|letter| letter.is_ascii_graphic());
    let value = value.filter(is_printable);
    value.map(str::to_owned).ok_or_else(|| wrong(format!("{word:?}: it takes a number of seconds")))
}

fn wrong(problem: impl Into<String>) -> FaultError {
    FaultError(problem.into())
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, path, turn, kind, retry_after } = self;
        write!(f, "{method} {path}")?;
        match turn {
            Turn::Nth(turn) => write!(f, " nth={turn}")?,
            Turn::Every(1) => {}
            Turn::Every(turn) => write!(f, " every={turn}")?,
        }
        match kind {
            FaultKind::Status(status) => write!(f, " status={status}")?,
            FaultKind::IpBlock => f.write_str(" ip-block")?,
            FaultKind::DropBefore => f.write_str(" drop=before")?,
            FaultKind::DropAfter => f.write_str(" drop=after")?,
            FaultKind::Stall(None) => f.write_str(" stall")?,
            FaultKind::Stall(Some(time)) => write!(f, " stall={}", duration_text(*time))?,
        }
        if let Some(value) = retry_after { write!(f, " retry-after={value}") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_reads_as_it_is_written() {
        for text in [
            "POST /api/systemusers nth=2 status=500",
            "GET /api/* every=10 status=429 retry-after=2",
            "* /api/v2/usergroups/*/members drop=after",
            "DELETE * drop=before",
            "* * ip-block",
            "GET / stall",
            "GET / nth=1 stall=90s",
        ] {
            let fault: Fault = text.parse().unwrap();
            assert_eq!(fault.to_string().parse::<Fault>(), Ok(fault), "{text}");
        }
        let fault: Fault = " get  /x  status=429 retry-after=5 every=1 ".parse().unwrap();
        assert_eq!(fault.to_string(), "GET /x status=429 retry-after=5");
    }

    #[test]
    fn what_is_no_fault_says_what_is_wrong() {
        for (text, expected) in [
            ("", "a fault is METHOD PATH"),
            ("GET", "a fault is METHOD PATH"),
            ("GET /x", "does not say what goes wrong"),
            ("/x GET status=500", "is no method"),
            ("GET x status=500", "is no path"),
            ("GET /x status=99", "from 200 to 999"),
            ("GET /x status=abc", "from 200 to 999"),
            ("GET /x status", "is not known"),
            ("GET /x nth=0 status=500", "counted from 1"),
            ("GET /x every status=500", "counted from 1"),
            ("GET /x nth=1 every=2 status=500", "says again"),
            ("GET /x status=500 ip-block", "says again"),
            ("GET /x ip-block retry-after=2", "goes with status only"),
            ("GET /x status=429 retry-after=", "number of seconds"),
            ("GET /x drop=sometimes", "is not known"),
            ("GET /x stall=soon", "stall=soon"),
            ("GET /x explode", "is not known"),
        ] {
            let error = text.parse::<Fault>().unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
