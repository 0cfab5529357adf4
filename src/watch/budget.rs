//! What cycles may take away together: the limits of the policy, held over 24 hours instead of one plan.
//!
//! The verdict is that of the guards ([`judge`]), over the measures of a window: what was taken away in it plus what is
//! planned now, of the most that was owned. What is planned counts from before the first write on, and is corrected
//! when the cycle is over; after a kill nobody corrects it, so it counts whole.
//!
//! Times are the wall clock's. What was spent counts until 24 hours after it, and what was spent later than now, because
//! the clock was put back, counts as well: a clock that goes back never empties a budget. One that goes forward lets
//! spending end early.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::plan::{Allowances, GuardName, Measure, judge};

/// How long what was spent counts.
const WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// What the cycles of one policy took away lately.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    spent: Vec<Spending>,
    /// The guards that stop the policy and of which everything was said.
    told: BTreeSet<Thing>,
}

/// What one cycle took away of one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Spending {
    at: Timestamp,
    #[serde(flatten)]
    thing: Thing,
    count: u64,
    /// How many were owned when it was planned.
    owned: u64,
    /// Whether the cycle has not said yet how it ended.
    is_open: bool,
}

/// What is counted: `of` is `users`, `groups`, `memberships` or a field's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Thing {
    guard: GuardName,
    of: String,
}

/// The part of a budget that a cycle has taken for itself.
#[derive(Debug)]
#[must_use]
pub struct Reservation {
    /// Where its spendings begin.
    first: usize,
}

/// A guard that stops a policy, over the window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Stop {
    /// Which one.
    pub guard: GuardName,
    /// What it counts.
    pub of: String,
    /// How many cycles of the last 24 hours took away.
    pub spent: u64,
    /// How many are planned now.
    pub planned: u64,
    /// The number that both together exceed; none for guards that count nothing.
    pub limit: Option<u64>,
    /// The percentage that they exceed.
    pub percent: Option<u8>,
    /// Of how many: the most that were owned.
    pub owned: Option<u64>,
    /// When the plan passes if nothing else is taken away; none where it does not by waiting.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub passes_at: Option<Timestamp>,
}

impl Thing {
    fn of(measure: &Measure) -> Self {
        Self { guard: measure.guard, of: measure.of.clone() }
    }
}

impl Budget {
    /// Closes what a killed cycle left open. It may have gone on until just now, so it counts from now on.
    pub fn settle(&mut self, now: Timestamp) {
        for spending in self.spent.iter_mut().filter(|spending| spending.is_open) {
            spending.at = spending.at.max(now);
            spending.is_open = false;
        }
    }

    /// What stops a plan with these measures.
    pub fn judge(&self, measures: &[Measure], now: Timestamp) -> Vec<Stop> {
        let stop = |measure: &Measure| {
            let spent = self.spent(&Thing::of(measure), now);
            let tripped = judge(&[self.summed(measure, now)], &Allowances::default()).pop()?;
            Some(Stop {
                guard: measure.guard,
                of: measure.of.clone(),
                spent,
                planned: measure.measured,
                limit: tripped.limit,
                percent: tripped.percent,
                owned: tripped.owned,
                passes_at: self.passes_at(measure, now),
            })
        };
        measures.iter().filter_map(stop).collect()
    }

    /// Takes what a plan takes away out of the budget, before it is done.
    pub fn reserve(&mut self, measures: &[Measure], now: Timestamp) -> Reservation {
        self.spent.retain(|spending| spending.counts(now));
        let first = self.spent.len();
        self.spent.extend(measures.iter().map(|measure| Spending {
            at: now,
            thing: Thing::of(measure),
            count: measure.measured,
            owned: measure.owned,
            is_open: true,
        }));
        Reservation { first }
    }

    /// Gives back what was not done: `done` is what was, or may have been, until now.
    pub fn correct(&mut self, reservation: &Reservation, done: &[Measure], now: Timestamp) {
        let Reservation { first } = *reservation;
        for spending in self.spent.iter_mut().skip(first) {
            let of_thing = done.iter().find(|measure| Thing::of(measure) == spending.thing);
            spending.count = of_thing.map_or(0, |measure| measure.measured);
            spending.at = spending.at.max(now);
            spending.is_open = false;
        }
        self.spent.retain(|spending| spending.count > 0);
    }

    /// Whether something stops a policy of which not everything was said yet. From now on it was.
    pub fn tell(&mut self, stops: &[Stop]) -> bool {
        let things: BTreeSet<Thing> =
            stops.iter().map(|stop| Thing { guard: stop.guard, of: stop.of.clone() }).collect();
        let is_news = !things.is_subset(&self.told);
        self.told = things;
        is_news
    }

    /// The guards that have stopped the policy until now, each once.
    pub fn told(&self) -> BTreeSet<GuardName> {
        self.told.iter().map(|thing| thing.guard).collect()
    }

    fn spent(&self, thing: &Thing, now: Timestamp) -> u64 {
        let counting = self.spent.iter().filter(|spending| spending.thing == *thing && spending.counts(now));
        counting.fold(0, |sum, spending| sum.saturating_add(spending.count))
    }

    /// The measure of the whole window.
    fn summed(&self, measure: &Measure, now: Timestamp) -> Measure {
        let thing = Thing::of(measure);
        let counting = self.spent.iter().filter(|spending| spending.thing == thing && spending.counts(now));
        let owned = counting.map(|spending| spending.owned).fold(measure.owned, u64::max);
        let measured = measure.measured.saturating_add(self.spent(&thing, now));
        Measure { measured, owned, ..measure.clone() }
    }

    fn passes_at(&self, measure: &Measure, now: Timestamp) -> Option<Timestamp> {
        let thing = Thing::of(measure);
        let mut ends: Vec<Timestamp> = self
            .spent
            .iter()
            .filter(|spending| spending.thing == thing && spending.counts(now))
            .map(Spending::end)
            .collect();
        ends.sort_unstable();
        let passes =
            |end: &Timestamp| judge(&[self.summed(measure, *end)], &Allowances::default()).is_empty();
        ends.into_iter().find(passes)
    }
}

impl Spending {
    /// When it no longer counts.
    fn end(&self) -> Timestamp {
        self.at.checked_add(WINDOW).unwrap_or(Timestamp::MAX)
    }

    fn counts(&self, now: Timestamp) -> bool {
        now < self.end()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::Limit;

    const LIMIT: Limit = Limit { number: 20, percent: 10 };

    fn removals(measured: u64, owned: u64) -> Vec<Measure> {
        let of = "users".to_owned();
        vec![Measure { guard: GuardName::Removals, of, measured, owned, limit: LIMIT }]
    }

    fn hours(count: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(count)
    }

    /// A cycle that does all that it planned, where nothing stops it.
    fn spend(budget: &mut Budget, count: u64, owned: u64, now: Timestamp) -> Vec<Stop> {
        let stops = budget.judge(&removals(count, owned), now);
        if stops.is_empty() {
            let reservation = budget.reserve(&removals(count, owned), now);
            budget.correct(&reservation, &removals(count, owned), now);
        }
        stops
    }

    #[test]
    fn many_small_plans_are_stopped_as_one_large_one_and_pass_when_the_first_is_a_day_old() {
        let mut budget = Budget::default();
        for hour in 0..10 {
            assert_eq!(spend(&mut budget, 2, 1000 - u64::try_from(hour).unwrap(), hours(hour)), []);
        }
        let stop = Stop {
            guard: GuardName::Removals,
            of: "users".to_owned(),
            spent: 20,
            planned: 2,
            limit: Some(20),
            percent: Some(10),
            owned: Some(1000),
            passes_at: Some(hours(24)),
        };
        assert_eq!(spend(&mut budget, 2, 980, hours(10)), [stop]);
        assert_eq!(spend(&mut budget, 2, 980, hours(24)), []);
        assert_eq!(spend(&mut budget, 4, 980, hours(25))[0].passes_at, Some(hours(26)));
        assert_eq!(budget.judge(&removals(21, 980), hours(25))[0].passes_at, None, "too much for any day");
    }

    #[test]
    fn the_percentage_is_of_the_most_that_was_owned() {
        let mut budget = Budget::default();
        assert_eq!(spend(&mut budget, 5, 100, hours(0)), []);
        assert_eq!(spend(&mut budget, 5, 95, hours(1)), [], "10 of 100");
        assert_eq!(spend(&mut budget, 1, 90, hours(2)).len(), 1, "11 of 100");
    }

    #[test]
    fn a_clock_that_goes_back_empties_nothing() {
        let mut budget = Budget::default();
        assert_eq!(spend(&mut budget, 20, 1000, hours(1000)), []);
        for hour in [999, 900, 0, 1023] {
            assert_eq!(spend(&mut budget, 1, 1000, hours(hour)).len(), 1, "{hour}");
        }
        assert_eq!(spend(&mut budget, 1, 1000, hours(1024)), []);
    }

    #[test]
    fn what_stops_is_news_once() {
        let mut budget = Budget::default();
        assert!(!budget.tell(&[]));
        assert_eq!(spend(&mut budget, 20, 1000, hours(0)), []);
        let stops = budget.judge(&removals(1, 1000), hours(1));
        assert!(budget.tell(&stops));
        assert!(!budget.tell(&stops));
        assert_eq!(budget.told(), [GuardName::Removals].into());
        assert!(!budget.tell(&[]));
        assert_eq!(budget.told(), BTreeSet::new());
        assert!(budget.tell(&stops), "again, after it was over");
    }

    /// What happens to a service.
    #[derive(Debug, Clone)]
    enum Happening {
        /// The clock goes on, by minutes.
        Wait(i64),
        /// A cycle plans to remove so many of so many, and so many of those are done.
        Cycle { planned: u64, owned: u64, done: u64 },
        /// A cycle begins, and is killed when so many are done.
        Killed { planned: u64, owned: u64, done: u64 },
        /// The service ends, and begins again.
        Restart,
    }

    fn happening() -> impl Strategy<Value = Happening> {
        let cycle = || (1..12_u64, 1..300_u64, 0..12_u64);
        prop_oneof![
            (1..900_i64).prop_map(Happening::Wait),
            cycle().prop_map(|(planned, owned, done)| Happening::Cycle {
                planned,
                owned,
                done: done.min(planned)
            }),
            cycle().prop_map(|(planned, owned, done)| Happening::Killed {
                planned,
                owned,
                done: done.min(planned)
            }),
            Just(Happening::Restart),
        ]
    }

    proptest! {
        #[test]
        fn no_day_holds_more_than_the_budget_says_and_no_restart_changes_it(
            happenings in prop::collection::vec(happening(), 0..60)
        ) {
            let (mut budget, mut now) = (Budget::default(), Timestamp::UNIX_EPOCH);
            let mut done: Vec<(Timestamp, u64)> = Vec::new();
            let thing = Thing { guard: GuardName::Removals, of: "users".to_owned() };
            for happening in happenings {
                match happening {
                    Happening::Wait(minutes) => now += SignedDuration::from_mins(minutes),
                    Happening::Cycle { planned, owned, done: made } => {
                        budget.settle(now);
                        if budget.judge(&removals(planned, owned), now).is_empty() {
                            let reservation = budget.reserve(&removals(planned, owned), now);
                            now += SignedDuration::from_mins(7);
                            let measures = if made == 0 { Vec::new() } else { removals(made, owned) };
                            budget.correct(&reservation, &measures, now);
                            done.push((now, made));
                        }
                    }
                    Happening::Killed { planned, owned, done: made } => {
                        budget.settle(now);
                        if budget.judge(&removals(planned, owned), now).is_empty() {
                            let _killed = budget.reserve(&removals(planned, owned), now);
                            now += SignedDuration::from_mins(7);
                            done.push((now, made));
                        }
                    }
                    Happening::Restart => {
                        let text = serde_json::to_string(&budget).unwrap();
                        prop_assert_eq!(&serde_json::from_str::<Budget>(&text).unwrap(), &budget);
                        budget.settle(now);
                    }
                }
                let in_window = |(at, made): &(Timestamp, u64)| if *at > now - WINDOW { *made } else { 0 };
                let sum: u64 = done.iter().map(in_window).sum();
                prop_assert!(sum <= LIMIT.number);
                let mut settled = budget.clone();
                settled.settle(now);
                prop_assert!(settled.spent(&thing, now) >= sum);
            }
        }
    }
}
