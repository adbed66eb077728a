//! The order of a batch: which job may start, given those that still run.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::jobs::{Claim, Thing};
use crate::registry::{Alias, ModelName};

/// Hands out jobs in the order of the configs, and holds back each that has to wait for an earlier one.
///
/// Two jobs that write the same thing, or one that writes what the other reads, keep their order and never overlap.
pub(super) struct Order {
    /// How many earlier jobs each job still waits for.
    waits_for: Vec<usize>,
    /// The later jobs that wait for each job.
    followers: Vec<Vec<usize>>,
    /// The jobs that may start.
    ready: BTreeSet<usize>,
}

impl Order {
    /// Makes the order of jobs from what each of them claims.
    pub(super) fn of(jobs: impl Iterator<Item = Vec<Claim>>) -> Self {
        let mut order = Self { waits_for: vec![], followers: vec![], ready: BTreeSet::new() };
        let mut users: HashMap<Thing, Users> = HashMap::new();
        let in_any_case = |claim: Claim| Claim { thing: claim.thing.in_any_case(), ..claim };
        let mut jobs: Vec<Vec<Claim>> = jobs.map(|claims| claims.into_iter().map(in_any_case).collect()).collect();
        spread(&mut jobs);
        await_versions(&mut jobs);
        for (job, claims) in jobs.into_iter().enumerate() {
            let mut earlier = BTreeSet::new();
            for Claim { thing, writes } in claims {
                earlier.extend(users.entry(thing).or_default().admit(job, writes));
            }
            earlier.remove(&job);
            order.add(&earlier);
        }
        order
    }

    /// Takes the next job that may start.
    pub(super) fn next(&mut self) -> Option<usize> {
        self.ready.pop_first()
    }

    /// Notes that a job has ended, whatever way.
    pub(super) fn ended(&mut self, job: usize) {
        for follower in std::mem::take(&mut self.followers[job]) {
            self.waits_for[follower] -= 1;
            if self.waits_for[follower] == 0 {
                self.ready.insert(follower);
            }
        }
    }

    fn add(&mut self, earlier: &BTreeSet<usize>) {
        let job = self.waits_for.len();
        self.waits_for.push(earlier.len());
        self.followers.push(vec![]);
        for first in earlier {
            self.followers[*first].push(job);
        }
        if earlier.is_empty() {
            self.ready.insert(job);
        }
    }
}

/// Makes a job that moves an alias wait for the registrations of its model before it, where the batch has some: also a
/// version that it names by number may be one of theirs.
fn await_versions(jobs: &mut [Vec<Claim>]) {
    let registered = |claim: &Claim| match &claim.thing {
        Thing::Versions(name) if claim.writes => Some(name.clone()),
        _ => None,
    };
    let registered: HashSet<ModelName> = jobs.iter().flatten().filter_map(registered).collect();
    let versions = |claim: &Claim| match &claim.thing {
        Thing::Alias(name, _) if claim.writes && registered.contains(name) => {
            Some(Claim { thing: Thing::Versions(name.clone()), writes: false })
        }
        _ => None,
    };
    for claims in jobs {
        let more: Vec<Claim> = claims.iter().filter_map(versions).collect();
        claims.extend(more);
    }
}

/// Puts in the place of every alias of a model those that jobs of this batch move.
fn spread(jobs: &mut [Vec<Claim>]) {
    let mut models: HashMap<ModelName, BTreeSet<Alias>> = HashMap::new();
    for claim in jobs.iter().flatten() {
        if let Thing::Aliases(name) = &claim.thing {
            models.entry(name.clone()).or_default();
        }
    }
    if models.is_empty() {
        return;
    }
    for claim in jobs.iter().flatten() {
        if let Thing::Alias(name, alias) = &claim.thing
            && let Some(aliases) = models.get_mut(name)
        {
            aliases.insert(alias.clone());
        }
    }
    for claims in jobs {
        let all: Vec<Claim> = claims.extract_if(.., |claim| matches!(claim.thing, Thing::Aliases(_))).collect();
        for Claim { thing, writes } in all {
            let Thing::Aliases(name) = thing else { continue };
            let each = models.get(&name).into_iter().flatten();
            claims.extend(each.map(|alias| Claim { thing: Thing::Alias(name.clone(), alias.clone()), writes }));
        }
    }
}

/// Who uses a thing last: at most one writer, and those that read what it wrote.
#[derive(Default)]
struct Users {
    writer: Option<usize>,
    readers: Vec<usize>,
}

impl Users {
    /// Admits a job, and returns the earlier ones that it has to wait for.
    fn admit(&mut self, job: usize, writes: bool) -> Vec<usize> {
        if !writes {
            self.readers.push(job);
            return self.writer.into_iter().collect();
        }
        let mut earlier = std::mem::take(&mut self.readers);
        earlier.extend(self.writer.replace(job));
        earlier
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn claim(alias: &str, writes: bool) -> Claim {
        let thing = Thing::Alias("bikes".parse().unwrap(), alias.parse().unwrap());
        Claim { thing, writes }
    }

    #[test]
    fn jobs_on_different_aliases_start_side_by_side() {
        let mut order = Order::of([vec![claim("A", true)], vec![claim("B", true)]].into_iter());
        assert_eq!((order.next(), order.next(), order.next()), (Some(0), Some(1), None));
    }

    #[test]
    fn a_move_waits_for_the_version_that_an_earlier_job_registers() {
        let registers = vec![Claim { thing: Thing::Versions("bikes".parse().unwrap()), writes: true }];
        let mut order = Order::of([registers, vec![claim("A", true)], vec![claim("B", true)]].into_iter());
        assert_eq!((order.next(), order.next()), (Some(0), None));
        order.ended(0);
        assert_eq!((order.next(), order.next()), (Some(1), Some(2)));
    }

    #[test]
    fn a_move_waits_for_no_registration_of_another_model_nor_for_one_that_comes_later() {
        let registers = |model: &str| vec![Claim { thing: Thing::Versions(model.parse().unwrap()), writes: true }];
        let jobs = [registers("cars"), vec![claim("A", true)], registers("bikes"), vec![claim("B", true)]];
        let mut order = Order::of(jobs.into_iter());
        assert_eq!((order.next(), order.next(), order.next()), (Some(0), Some(1), None));
        order.ended(1);
        assert_eq!((order.next(), order.next()), (Some(2), None));
        order.ended(2);
        assert_eq!(order.next(), Some(3));
    }

    #[test]
    fn names_that_differ_in_case_alone_may_be_one() {
        let mut order = Order::of([vec![claim("Prod", true)], vec![claim("PROD", true)]].into_iter());
        assert_eq!((order.next(), order.next()), (Some(0), None));
        order.ended(0);
        assert_eq!(order.next(), Some(1));
    }

    #[test]
    fn a_job_waits_for_the_one_that_moves_the_alias_it_reads() {
        let jobs = [vec![claim("Staging", true)], vec![claim("Staging", false), claim("Champion", true)]];
        let mut order = Order::of(jobs.into_iter());
        assert_eq!((order.next(), order.next()), (Some(0), None));
        order.ended(0);
        assert_eq!(order.next(), Some(1));
    }

    #[test]
    fn a_job_that_reads_every_alias_of_a_model_keeps_its_place_among_those_that_move_one() {
        let every = vec![Claim { thing: Thing::Aliases("bikes".parse().unwrap()), writes: false }];
        let jobs = [vec![claim("A", true)], every.clone(), every, vec![claim("B", true)]];
        let mut order = Order::of(jobs.into_iter());
        assert_eq!((order.next(), order.next()), (Some(0), None));
        order.ended(0);
        assert_eq!((order.next(), order.next(), order.next()), (Some(1), Some(2), None));
        order.ended(1);
        assert_eq!(order.next(), None);
        order.ended(2);
        assert_eq!(order.next(), Some(3));
    }

    proptest! {
        #[test]
        fn conflicting_jobs_keep_their_order_and_every_job_runs(
            jobs in prop::collection::vec(prop::collection::vec((0..4_usize, any::<bool>()), 0..3), 0..30),
            width in 1..5_usize,
            picks in prop::collection::vec(any::<prop::sample::Index>(), 60),
        ) {
            let claims = |job: &Vec<(usize, bool)>| -> Vec<Claim> {
                job.iter().map(|(alias, writes)| claim(["A", "B", "C", "D"][*alias], *writes)).collect()
            };
            let conflict = |a: &Vec<(usize, bool)>, b: &Vec<(usize, bool)>| {
                a.iter().any(|(x, w)| b.iter().any(|(y, v)| x == y && (*w || *v)))
            };
            let mut order = Order::of(jobs.iter().map(claims));
            let (mut running, mut done, mut picks) = (vec![], vec![], picks.into_iter().cycle());
            loop {
                while running.len() < width && let Some(job) = order.next() {
                    prop_assert!(running.iter().all(|other: &usize| !conflict(&jobs[*other], &jobs[job])));
                    let earlier = (0..job).filter(|other| conflict(&jobs[*other], &jobs[job]));
                    prop_assert!(earlier.into_iter().all(|other| done.contains(&other)));
                    running.push(job);
                }
                if running.is_empty() { break }
                let ended = running.remove(picks.next().unwrap().index(running.len()));
                order.ended(ended);
                done.push(ended);
            }
            prop_assert_eq!(done.len(), jobs.len());
        }
    }
}
