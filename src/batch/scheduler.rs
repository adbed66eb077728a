//! The scheduler of a batch: decides which job may start while others run.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::jobs::{Access, Resource};
use crate::registry::{Alias, ModelName};

/// Hands out jobs in the order of the configs, and delays each that must wait for an earlier one.
///
/// Jobs that write the same resource, or of which one writes what the other reads, keep their order and never overlap.
pub(super) struct Scheduler {
    /// The number of unfinished earlier jobs that each job waits for.
    waits_for: Vec<usize>,
    /// The later jobs that wait for each job.
    followers: Vec<Vec<usize>>,
    /// The jobs that may start.
    ready: BTreeSet<usize>,
}

impl Scheduler {
    /// Creates a scheduler from the accesses of each job, and the earlier jobs that each one needs.
    pub(super) fn new<'n>(jobs: impl Iterator<Item = Vec<Access>>, needs: impl Fn(usize) -> &'n [usize]) -> Self {
        let lower_case = |access: Access| Access { resource: access.resource.into_lower_case(), ..access };
        let mut jobs: Vec<Vec<Access>> = jobs.map(|job| job.into_iter().map(lower_case).collect()).collect();
        expand_alias_accesses(&mut jobs);
        await_registrations(&mut jobs);
        await_lone_writers(&mut jobs);
        let mut scheduler = Self { waits_for: vec![], followers: vec![], ready: BTreeSet::new() };
        let mut users: HashMap<Resource, Users> = HashMap::with_capacity(jobs.len());
        for (job, accesses) in jobs.into_iter().enumerate() {
            let mut earlier: BTreeSet<usize> = needs(job).iter().copied().collect();
            for Access { resource, writes } in accesses {
                earlier.extend(users.entry(resource).or_default().admit(job, writes));
            }
            earlier.remove(&job);
            scheduler.add(&earlier);
        }
        scheduler
    }

    /// Takes the next job that may start.
    pub(super) fn next(&mut self) -> Option<usize> {
        self.ready.pop_first()
    }

    /// Records the end of a job, however it ended.
    pub(super) fn finish(&mut self, job: usize) {
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

/// Makes a job that moves an alias wait for earlier registrations of its model, which may create the version that the
/// job names by number.
fn await_registrations(jobs: &mut [Vec<Access>]) {
    let registered = |access: &Access| match &access.resource {
        Resource::Versions(name) if access.writes => Some(name.clone()),
        _ => None,
    };
    let registered: HashSet<ModelName> = jobs.iter().flatten().filter_map(registered).collect();
    let versions = |access: &Access| match &access.resource {
        Resource::Alias(name, _) if access.writes && registered.contains(name) => {
            Some(Access::read(Resource::Versions(name.clone())))
        }
        _ => None,
    };
    for accesses in jobs {
        let more: Vec<Access> = accesses.iter().filter_map(versions).collect();
        accesses.extend(more);
    }
}

/// Separates jobs that may write anything from every other job.
fn await_lone_writers(jobs: &mut [Vec<Access>]) {
    if jobs.iter().flatten().any(|access| access.resource == Resource::Everything) {
        jobs.iter_mut().for_each(|accesses| accesses.push(Access::read(Resource::Everything)));
    }
}

/// Replaces the access to all aliases of a model by one to each alias that jobs of this batch use.
fn expand_alias_accesses(jobs: &mut [Vec<Access>]) {
    let mut models: HashMap<ModelName, BTreeSet<Alias>> = HashMap::new();
    for access in jobs.iter().flatten() {
        if let Resource::Aliases(name) = &access.resource {
            models.entry(name.clone()).or_default();
        }
    }
    if models.is_empty() {
        return;
    }
    for access in jobs.iter().flatten() {
        if let Resource::Alias(name, alias) = &access.resource
            && let Some(aliases) = models.get_mut(name)
        {
            aliases.insert(alias.clone());
        }
    }
    for accesses in jobs {
        let is_of_all = |access: &mut Access| matches!(access.resource, Resource::Aliases(_));
        let of_all: Vec<Access> = accesses.extract_if(.., is_of_all).collect();
        for Access { resource, writes } in of_all {
            let Resource::Aliases(name) = resource else { continue };
            let aliases = models.get(&name).into_iter().flatten();
            let of_one = |alias: &Alias| Access { resource: Resource::Alias(name.clone(), alias.clone()), writes };
            accesses.extend(aliases.map(of_one));
        }
    }
}

/// The last users of a resource: at most one writer, and the readers after it.
#[derive(Default)]
struct Users {
    writer: Option<usize>,
    readers: Vec<usize>,
}

impl Users {
    /// Adds a job, and returns the earlier jobs that it has to wait for.
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

    fn access(alias: &str, writes: bool) -> Access {
        let resource = Resource::Alias("bikes".parse().unwrap(), alias.parse().unwrap());
        Access { resource, writes }
    }

    #[test]
    fn jobs_on_different_aliases_run_concurrently() {
        let mut scheduler = Scheduler::new([vec![access("A", true)], vec![access("B", true)]].into_iter(), |_| &[]);
        assert_eq!((scheduler.next(), scheduler.next(), scheduler.next()), (Some(0), Some(1), None));
    }

    #[test]
    fn a_move_waits_for_the_version_that_an_earlier_job_registers() {
        let registers = vec![Access { resource: Resource::Versions("bikes".parse().unwrap()), writes: true }];
        let mut scheduler =
            Scheduler::new([registers, vec![access("A", true)], vec![access("B", true)]].into_iter(), |_| &[]);
        assert_eq!((scheduler.next(), scheduler.next()), (Some(0), None));
        scheduler.finish(0);
        assert_eq!((scheduler.next(), scheduler.next()), (Some(1), Some(2)));
    }

    #[test]
    fn a_move_does_not_wait_for_unrelated_or_later_registrations() {
        let registers =
            |model: &str| vec![Access { resource: Resource::Versions(model.parse().unwrap()), writes: true }];
        let jobs = [registers("cars"), vec![access("A", true)], registers("bikes"), vec![access("B", true)]];
        let mut scheduler = Scheduler::new(jobs.into_iter(), |_| &[]);
        assert_eq!((scheduler.next(), scheduler.next(), scheduler.next()), (Some(0), Some(1), None));
        scheduler.finish(1);
        assert_eq!((scheduler.next(), scheduler.next()), (Some(2), None));
        scheduler.finish(2);
        assert_eq!(scheduler.next(), Some(3));
    }

    #[test]
    fn names_are_compared_case_insensitively() {
        let mut scheduler =
            Scheduler::new([vec![access("Prod", true)], vec![access("PROD", true)]].into_iter(), |_| &[]);
        assert_eq!((scheduler.next(), scheduler.next()), (Some(0), None));
        scheduler.finish(0);
        assert_eq!(scheduler.next(), Some(1));
    }

    #[test]
    fn a_job_waits_for_the_one_that_moves_the_alias_it_reads() {
        let jobs = [vec![access("Staging", true)], vec![access("Staging", false), access("Champion", true)]];
        let mut scheduler = Scheduler::new(jobs.into_iter(), |_| &[]);
        assert_eq!((scheduler.next(), scheduler.next()), (Some(0), None));
        scheduler.finish(0);
        assert_eq!(scheduler.next(), Some(1));
    }

    #[test]
    fn a_job_that_reads_all_aliases_is_ordered_with_the_moves_of_each() {
        let every = vec![Access { resource: Resource::Aliases("bikes".parse().unwrap()), writes: false }];
        let jobs = [vec![access("A", true)], every.clone(), every, vec![access("B", true)]];
        let mut scheduler = Scheduler::new(jobs.into_iter(), |_| &[]);
        assert_eq!((scheduler.next(), scheduler.next()), (Some(0), None));
        scheduler.finish(0);
        assert_eq!((scheduler.next(), scheduler.next(), scheduler.next()), (Some(1), Some(2), None));
        scheduler.finish(1);
        assert_eq!(scheduler.next(), None);
        scheduler.finish(2);
        assert_eq!(scheduler.next(), Some(3));
    }

    #[test]
    fn a_job_with_unknown_writes_runs_alone_in_order() {
        let reads = vec![Access::read(Resource::Versions("bikes".parse().unwrap()))];
        let anything = vec![Access::write(Resource::Everything)];
        let jobs = [vec![access("A", true)], reads, anything.clone(), anything, vec![access("B", true)]];
        let mut scheduler = Scheduler::new(jobs.into_iter(), |_| &[]);
        assert_eq!((scheduler.next(), scheduler.next(), scheduler.next()), (Some(0), Some(1), None));
        scheduler.finish(0);
        assert_eq!(scheduler.next(), None);
        scheduler.finish(1);
        for alone in [2, 3] {
            assert_eq!((scheduler.next(), scheduler.next()), (Some(alone), None));
            scheduler.finish(alone);
        }
        assert_eq!(scheduler.next(), Some(4));
    }

    proptest! {
        #[test]
        fn conflicting_jobs_keep_their_order_and_every_job_runs(
            jobs in prop::collection::vec(prop::collection::vec((0..4_usize, any::<bool>()), 0..3), 0..30),
            width in 1..5_usize,
            picks in prop::collection::vec(any::<prop::sample::Index>(), 60),
        ) {
            let accesses = |job: &Vec<(usize, bool)>| -> Vec<Access> {
                job.iter().map(|(alias, writes)| access(["A", "B", "C", "D"][*alias], *writes)).collect()
            };
            let conflict = |a: &Vec<(usize, bool)>, b: &Vec<(usize, bool)>| {
                a.iter().any(|(x, w)| b.iter().any(|(y, v)| x == y && (*w || *v)))
            };
            let mut scheduler = Scheduler::new(jobs.iter().map(accesses), |_| &[]);
            let (mut running, mut done, mut picks) = (vec![], vec![], picks.into_iter().cycle());
            loop {
                while running.len() < width && let Some(job) = scheduler.next() {
                    prop_assert!(running.iter().all(|other: &usize| !conflict(&jobs[*other], &jobs[job])));
                    let earlier = (0..job).filter(|other| conflict(&jobs[*other], &jobs[job]));
                    prop_assert!(earlier.into_iter().all(|other| done.contains(&other)));
                    running.push(job);
                }
                if running.is_empty() { break }
                let ended = running.remove(picks.next().unwrap().index(running.len()));
                scheduler.finish(ended);
                done.push(ended);
            }
            prop_assert_eq!(done.len(), jobs.len());
        }
    }
}
