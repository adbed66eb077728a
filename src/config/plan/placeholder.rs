//! Variables that stand in a plan for what it must not show.

use std::collections::BTreeMap;

use crate::config::interpolate::OF_PLAN;
use crate::config::tree::KeyPath;

/// The variables of a plan, by their names, and where each stands.
#[derive(Default)]
pub(super) struct Placeholders(BTreeMap<String, KeyPath>);

impl Placeholders {
    /// Returns what to write at a place of a plan. A config with it cannot be read without the variable, so that no
    /// plan is applied as another than the one that was looked at.
    pub(super) fn stand_in(&mut self, path: KeyPath) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
        let words = path.keys().iter().map(|key| key.chars().map(plain).collect::<String>());
        let name = OF_PLAN.to_owned() + &words.collect::<Vec<_>>().join("_");
        // `a-b` and `a_b` beside each other have the same name.
        let mut own = name.clone();
        let mut count = 1;
        while self.0.contains_key(&own) {
            count += 1;
            own = format!("{name}__{count}");
        }
        let text = format!("${{env:{own}}}");
        self.0.insert(own, path);
        text
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &KeyPath)> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_a_variable_of_its_own_that_a_shell_takes() {
        let mut placeholders = Placeholders::default();
        let mut name = |key: &str| placeholders.stand_in(KeyPath::new(&["job", "gates", "0", "body", key]));
        assert_eq!(name("api-key"), "${env:RUNNER_PLAN_JOB_GATES_0_BODY_API_KEY}");
        assert_eq!(name("api_key"), "${env:RUNNER_PLAN_JOB_GATES_0_BODY_API_KEY__2}");
        assert_eq!(name("\u{e4}}"), "${env:RUNNER_PLAN_JOB_GATES_0_BODY___}");
    }
}
