//! Under which conditions a sandbox answers: how slowly, how many requests, and with which of JumpCloud's habits.

mod bucket;
mod late;

use std::collections::BTreeSet;
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::fmt::serde::unsigned_duration::friendly::compact::required as duration;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(super) use bucket::Bucket;
pub(super) use late::Late;

/// The longest time that can be asked for; longer ones are mistakes.
const LONGEST: Duration = Duration::from_hours(24);

/// Under which conditions a sandbox answers. They can be changed while it runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Conditions {
    /// How long each answer takes at least.
    #[serde(with = "duration")]
    pub latency: Duration,
    /// Up to how much longer it takes, by chance.
    #[serde(with = "duration")]
    pub jitter: Duration,
    /// How many requests are answered on average; the others get 429.
    pub rate: Option<Rate>,
    /// How many requests are answered at once after a quiet time; without it, one.
    pub burst: Option<NonZeroU32>,
    /// Whether 429 says when to try again (`Retry-After`).
    pub retry_after: bool,
    /// How long it takes until lists show a membership or a binding that was written.
    #[serde(with = "duration")]
    pub graph_lag: Duration,
    /// What JumpCloud may do or not.
    pub habits: BTreeSet<Habit>,
}

impl Conditions {
    /// These conditions with some of them changed: `null` is as without.
    ///
    /// # Errors
    /// When a change is of no known condition, or not what it takes.
    pub(super) fn with(&self, changes: Map<String, Value>) -> Result<Self, String> {
        let mut conditions = match serde_json::to_value(self) {
            Ok(Value::Object(conditions)) => conditions,
            Ok(_) | Err(_) => Map::new(),
        };
        for (name, value) in changes {
            if value.is_null() && conditions.contains_key(&name) {
                conditions.remove(&name);
            } else {
                conditions.insert(name, value);
            }
        }
        let conditions: Self =
            serde_json::from_value(Value::Object(conditions)).map_err(|error| error.to_string())?;
        let times = [conditions.latency, conditions.jitter, conditions.graph_lag];
        if times.iter().any(|time| *time > LONGEST) { Err(too_long()) } else { Ok(conditions) }
    }

    /// Whether it has a habit.
    pub(super) fn has(&self, habit: Habit) -> bool {
        self.habits.contains(&habit)
    }
}

/// So many requests in so much time: `20/s`, `600/m` or `5000/h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rate {
    count: NonZeroU32,
    unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Second,
    Minute,
    Hour,
}

impl Rate {
    /// How long it takes on average from one request to the next.
    pub(super) fn interval(self) -> Duration {
        let unit = match self.unit {
            Unit::Second => 1,
            Unit::Minute => 60,
            Unit::Hour => 60 * 60,
        };
        Duration::from_secs(unit) / self.count.get()
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unit = |unit: &str| match unit {
            "s" => Some(Unit::Second),
            "m" => Some(Unit::Minute),
            "h" => Some(Unit::Hour),
            _ => None,
        };
        let parts = text.split_once('/');
        let rate = parts.and_then(|(count, per)| Some(Self { count: count.parse().ok()?, unit: unit(per)? }));
        rate.ok_or_else(|| {
            "a rate is a number of requests in a second, minute or hour: 20/s, 600/m, 5000/h".to_owned()
        })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            Unit::Second => 's',
            Unit::Minute => 'm',
            Unit::Hour => 'h',
        };
        write!(f, "{}/{unit}", self.count)
    }
}

impl TryFrom<String> for Rate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> Self {
        rate.to_string()
    }
}

/// What JumpCloud may do or not: clients must be able to live with both. Without a habit the sandbox does as JumpCloud is
/// known to do most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Habit {
    /// Lists that nobody sorts have the same order each time.
    StableOrder,
    /// Lists of API v2 do not say where the next page is (`Link`).
    NoLink,
    /// Lists of API v2 do not say how long they are (`x-total-count`).
    NoTotalCount,
    /// Every page behind the first begins a row too late or too early, in turns, as when others write meanwhile.
    ShiftingPages,
    /// A name or address that somebody else has is answered with 409 in the place of 400.
    ConflictOnDuplicates,
}

impl Habit {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::StableOrder,
        Self::NoLink,
        Self::NoTotalCount,
        Self::ShiftingPages,
        Self::ConflictOnDuplicates,
    ];

    /// How it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::StableOrder => "stable-order",
            Self::NoLink => "no-link",
            Self::NoTotalCount => "no-total-count",
            Self::ShiftingPages => "shifting-pages",
            Self::ConflictOnDuplicates => "conflict-on-duplicates",
        }
    }
}

impl FromStr for Habit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let habit = Self::ALL.into_iter().find(|habit| habit.name() == text);
        habit.ok_or_else(|| format!("one of {}", Self::ALL.map(Self::name).join(", ")))
    }
}

/// A time as people write it: `50ms`, `2s`, `1m 30s`.
///
/// # Errors
/// When it is none, or longer than a day.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let time = text.parse::<SignedDuration>().ok().and_then(|time| Duration::try_from(time).ok());
    let time = time.ok_or_else(|| "a time is a number and a unit: 50ms, 2s, 1m".to_owned())?;
    if time > LONGEST { Err(too_long()) } else { Ok(time) }
}

fn too_long() -> String {
    "a time may be up to a day".to_owned()
}

/// A time as a word that [`parse_duration`] reads.
pub(super) fn duration_text(time: Duration) -> String {
    if time.subsec_nanos() == 0 { format!("{}s", time.as_secs()) } else { format!("{}us", time.as_micros()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn changed(changes: Value) -> Result<Conditions, String> {
        let Value::Object(changes) = changes else { return Err("no object".to_owned()) };
        let before = Conditions { latency: Duration::from_millis(50), ..Conditions::default() };
        before.with(changes)
    }

    #[test]
    fn conditions_change_one_by_one() {
        let conditions =
            changed(json!({ "rate": "600/m", "habits": ["no-link"], "graph_lag": "2s" })).unwrap();
        assert_eq!(conditions.latency, Duration::from_millis(50));
        assert_eq!(conditions.rate.unwrap().interval(), Duration::from_millis(100));
        assert_eq!(conditions.graph_lag, Duration::from_secs(2));
        assert!(conditions.has(Habit::NoLink) && !conditions.has(Habit::StableOrder));
        assert_eq!(changed(json!({ "latency": null })), Ok(Conditions::default()));
        let text = serde_json::to_value(&conditions).unwrap();
        assert_eq!((&text["latency"], &text["rate"]), (&json!("50ms"), &json!("600/m")));
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for changes in [
            json!({ "lag": "2s" }),
            json!({ "latency": 50 }),
            json!({ "latency": "-2s" }),
            json!({ "latency": "25h" }),
            json!({ "rate": "0/s" }),
            json!({ "rate": "5" }),
            json!({ "burst": 0 }),
            json!({ "habits": ["bad"] }),
        ] {
            assert!(changed(changes.clone()).is_err(), "{changes}");
        }
    }

    #[test]
    fn habits_are_written_as_they_are_read() {
        for habit in Habit::ALL {
            assert_eq!(habit.name().parse(), Ok(habit));
            assert_eq!(serde_json::to_value(habit).unwrap(), json!(habit.name()));
        }
        assert!("".parse::<Habit>().is_err());
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, expected) in [("50ms", 50), ("2s", 2000), ("1m 30s", 90_000), ("1.5s", 1500), ("0s", 0)] {
            let time = parse_duration(text).unwrap();
            assert_eq!(time, Duration::from_millis(expected), "{text}");
            assert_eq!(parse_duration(&duration_text(time)), Ok(time), "{text}");
        }
        for text in ["", "5", "-1s", "soon", "2d"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
