//! The metrics of runs and of logged models, in the folders of their experiments.

use std::path::{Path, PathBuf};

use super::error::damaged;
use super::meta::{self, Meta};
use super::paths::is_file_name;
use super::store::{EntryKind, Store, retry_damaged};
use crate::registry::local::LocalError;
use crate::registry::{Error, Metric};

/// The folder of deleted experiments. MLflow does not treat a folder with this suffix as an experiment.
const TRASH: &str = ".trash";

impl Store {
    /// Reads the latest value of each metric of a run, by MLflow's rule: the highest step, then the latest time.
    pub(in crate::registry) fn run_metrics(&self, run_id: &str) -> Result<Vec<Metric>, LocalError> {
        self.require()?;
        let missing = || Error::RunNotFound { run_id: run_id.to_owned() };
        let run = if is_file_name(run_id) { self.below_experiments(Path::new(run_id))? } else { None };
        let run = run.ok_or_else(missing)?;
        if is_deleted(&self.read_meta(&run, |_| Ok(()))?)? {
            return Err(missing().into());
        }
        let points = self.metric_points(&run, |line| parse_run_point(line, run_id))?;
        let latest = |points: Vec<Metric>| {
            // Among values of one step and time, a NaN counts as the highest, so that a gate fails on it.
            points.into_iter().max_by(|a, b| {
                (a.step, a.timestamp).cmp(&(b.step, b.timestamp)).then_with(|| a.value.total_cmp(&b.value))
            })
        };
        Ok(points.into_iter().filter_map(latest).collect())
    }

    /// Reads every value of the metrics of a logged model.
    pub(in crate::registry) fn model_metrics(&self, model_id: &str) -> Result<Vec<Metric>, LocalError> {
        self.require()?;
        let missing = || Error::LoggedModelNotFound { model_id: model_id.to_owned() };
        let (folder, _) = self.logged_model(model_id)?.ok_or_else(missing)?;
        Ok(self.metric_points(&folder, parse_model_point)?.concat())
    }

    /// Returns the folder and the `meta.yaml` of a logged model, unless it was deleted.
    pub(super) fn logged_model(&self, id: &str) -> Result<Option<(PathBuf, Meta)>, LocalError> {
        let folder = if is_file_name(id) { self.below_experiments(&Path::new("models").join(id))? } else { None };
        let Some(folder) = folder else { return Ok(None) };
        let meta = self.read_meta(&folder, |_| Ok(()))?;
        Ok((!is_deleted(&meta)?).then_some((folder, meta)))
    }

    /// Returns the first folder with this path below the folders of experiments. Deleted experiments come last.
    fn below_experiments(&self, path: &Path) -> Result<Option<PathBuf>, LocalError> {
        let mut experiments = vec![];
        for root in ["", TRASH] {
            let listed = self.list(Path::new(root))?.into_iter();
            let folders =
                listed.filter(|(name, kind)| *kind == EntryKind::Folder && name != "models" && !name.ends_with(TRASH));
            experiments.extend(folders.map(|(name, _)| Path::new(root).join(name)));
        }
        let mut places = experiments.into_iter().map(|experiment| experiment.join(path));
        Ok(places.find(|place| self.absolute(&place.join(meta::FILE)).is_file()))
    }

    /// Reads all values of every metric in a folder.
    fn metric_points(
        &self,
        folder: &Path,
        parse: impl Fn(&str) -> Option<Metric>,
    ) -> Result<Vec<Vec<Metric>>, LocalError> {
        let folder = folder.join("metrics");
        retry_damaged(|| {
            let read = |(key, text): (String, String)| {
                let points: Option<Vec<Metric>> =
                    text.lines().map(|line| parse(line).map(|point| Metric { key: key.clone(), ..point })).collect();
                points
                    .filter(|points| !points.is_empty())
                    .ok_or_else(|| damaged(&folder.join(&key), "is not a list of times, values and steps"))
            };
            self.read_all(&folder)?.into_iter().map(read).collect()
        })
    }
}

fn is_deleted(meta: &Meta) -> Result<bool, LocalError> {
    Ok(meta.text("lifecycle_stage")?.as_deref() == Some("deleted"))
}

/// Parses a line of a run's metric: `<time> <value> <step>`, with a data set `<time> <value> <step> <name> <digest>`.
///
/// MLflow 3.17 ignores the step of a value with a data set and takes 0, which affects which value it shows as the latest.
fn parse_run_point(line: &str, run_id: &str) -> Option<Metric> {
    match line.trim().split(' ').collect::<Vec<_>>()[..] {
        [time, value] => metric([time, value, "0", run_id], None),
        [time, value, step] => metric([time, value, step, run_id], None),
        [time, value, _, name, _] => metric([time, value, "0", run_id], Some(name)),
        _ => None,
    }
}

/// Parses a line of a logged model's metric: `<time> <value> <step> <run id>`, followed by the name and the digest of a
/// data set if there is one.
fn parse_model_point(line: &str) -> Option<Metric> {
    match line.trim().split(' ').collect::<Vec<_>>()[..] {
        [time, value, step, run_id] => metric([time, value, step, run_id], None),
        [time, value, step, run_id, name, _] => metric([time, value, step, run_id], Some(name)),
        _ => None,
    }
}

fn metric([time, value, step, run_id]: [&str; 4], dataset: Option<&str>) -> Option<Metric> {
    Some(Metric {
        key: String::new(),
        value: value.parse().ok()?,
        timestamp: time.parse().ok()?,
        step: step.parse().ok()?,
        dataset: dataset.map(str::to_owned),
        run_id: Some(run_id.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::address::Address;
    use super::*;

    /// Creates a store with a run and a logged model.
    fn store(files: &[(&str, &str)]) -> (tempfile::TempDir, Store) {
        let root = tempfile::tempdir().unwrap();
        let known = [("0/r1/meta.yaml", "run_id: r1"), ("0/models/m-1/meta.yaml", "model_id: m-1")];
        for (path, text) in known.iter().chain(files) {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let store = Store::new(Address::parse(&root.path().display().to_string()).unwrap());
        (root, store)
    }

    #[test]
    fn the_latest_value_of_a_run_is_that_of_the_highest_step() {
        let (_root, store) = store(&[
            ("0/r1/metrics/rmse", "5 0.5 2\n6 0.25 2\n9 0.75 1\n"),
            ("0/r1/metrics/a/b", "1 3.0 0\n"),
            ("0/r1/metrics/nan", "1 nan 0\n"),
            ("0/r1/metrics/inf", "1 -inf 0\n1 -Infinity 0\n"),
            ("0/r1/metrics/set", "1 0.5 3\n2 0.9 7 test abc\n"),
            ("0/r1/metrics/tie", "1 nan 1\n1 0.9 1\n"),
        ]);
        let found = store.run_metrics("r1").unwrap();
        let shown: Vec<String> =
            found.iter().map(|it| format!("{} {} {} {}", it.key, it.value, it.step, it.timestamp)).collect();
        assert_eq!(shown, ["a/b 3 0 1", "inf -inf 0 1", "nan NaN 0 1", "rmse 0.25 2 6", "set 0.5 3 1", "tie NaN 1 1"]);
        assert!(found.iter().all(|it| it.run_id.as_deref() == Some("r1")));
    }

    #[test]
    fn a_logged_model_has_every_point() {
        let (_root, store) = store(&[("0/models/m-1/metrics/acc", "5 0.9 2 r1 train abc\n6 0.95 3 r2\n")]);
        let found = store.model_metrics("m-1").unwrap();
        let shown: Vec<_> =
            found.iter().map(|it| (it.value, it.step, it.dataset.as_deref(), it.run_id.as_deref())).collect();
        assert_eq!(shown, [(0.9, 2, Some("train"), Some("r1")), (0.95, 3, None, Some("r2"))]);
    }

    #[test]
    fn runs_of_deleted_experiments_are_found_and_deleted_runs_and_models_are_not() {
        let (_root, store) = store(&[
            (".trash/7/r7/meta.yaml", "run_id: r7"),
            (".trash/7/r7/metrics/rmse", "1 2 3\n"),
            ("0/models/m-2/meta.yaml", "lifecycle_stage: deleted"),
            ("0/r8/meta.yaml", "lifecycle_stage: deleted"),
            ("0/r8/metrics/rmse", "1 2 3\n"),
        ]);
        assert_eq!(store.run_metrics("r7").unwrap().len(), 1);
        assert!(matches!(store.run_metrics("r8"), Err(LocalError::Registry(Error::RunNotFound { .. }))));
        let missing = store.model_metrics("m-2");
        assert!(matches!(missing, Err(LocalError::Registry(Error::LoggedModelNotFound { .. }))), "{missing:?}");
    }

    #[test]
    fn an_id_cannot_be_a_path() {
        let (_root, store) = store(&[("models/bikes/meta.yaml", "name: bikes")]);
        for id in ["", ".", "..", "../0/r1", "gone", "models", "bikes", "/etc"] {
            assert!(matches!(store.run_metrics(id), Err(LocalError::Registry(Error::RunNotFound { .. }))), "{id}");
            assert!(
                matches!(store.model_metrics(id), Err(LocalError::Registry(Error::LoggedModelNotFound { .. }))),
                "{id}"
            );
        }
    }

    #[test]
    fn a_damaged_metric_is_an_error() {
        for bad in ["", "soon 1 2\n", "1 high 2\n", "1 2 3 4\n", "1 2 3 4 5 6\n"] {
            let (_root, store) = store(&[("0/r1/metrics/rmse", bad)]);
            let Err(LocalError::Unusable { reason, .. }) = store.run_metrics("r1") else { panic!("{bad} was read") };
            assert_eq!(reason, "its 0/r1/metrics/rmse is not a list of times, values and steps");
        }
    }
}
