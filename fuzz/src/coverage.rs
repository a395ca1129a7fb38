//! How often each operation had each outcome.

use alloc::collections::BTreeMap;
use core::fmt;

/// Counts by operation and outcome.
#[derive(Debug, Clone, Default)]
pub struct Coverage(BTreeMap<(String, String), u64>);

impl Coverage {
    /// One more.
    pub fn note(&mut self, operation: String, outcome: String) {
        *self.0.entry((operation, outcome)).or_default() += 1;
    }

    /// Everything that `other` has counted.
    pub fn add(&mut self, other: &Self) {
        for (key, count) in &other.0 {
            *self.0.entry(key.clone()).or_default() += count;
        }
    }

    /// How many operations there were.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.0.values().sum()
    }

    /// Outcomes of the list that never occurred, and those that did and are not on it.
    #[must_use]
    pub fn differences(&self, expected: &[(&str, &[&str])]) -> Vec<String> {
        let listed: Vec<(&str, &str)> = expected
            .iter()
            .flat_map(|(operation, outcomes)| outcomes.iter().map(|it| (*operation, *it)))
            .collect();
        let occurred =
            |pair: &(&str, &str)| self.0.contains_key(&(pair.0.to_owned(), pair.1.to_owned()));
        let never = listed.iter().filter(|pair| !occurred(pair));
        let never = never.map(|(operation, outcome)| format!("never: {operation}: {outcome}"));
        let unlisted = self
            .0
            .keys()
            .filter(|(_, outcome)| !NO_ANSWERS.contains(&outcome.as_str()))
            .filter(|(operation, outcome)| !listed.contains(&(operation, outcome)))
            .map(|(operation, outcome)| format!("unlisted: {operation}: {outcome}"));
        never.chain(unlisted).collect()
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = "";
        for ((operation, outcome), count) in &self.0 {
            if operation != last {
                write!(f, "{}{operation}:", if last.is_empty() { "" } else { "\n" })?;
                last = operation;
            }
            write!(f, " {outcome} {count},")?;
        }
        Ok(())
    }
}

/// What stands for no answer at all, which every operation can have.
const NO_ANSWERS: [&str; 3] = ["no answer", "ClockBehind", "Busy"];
