//! The source of a new version, parsed as Python's `register_model` does.

use super::{ModelName, NewVersion, Version};

/// The target of a source.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Source<'a> {
    /// Files of a run: `runs:/<run id>/<path>`.
    Run(&'a str),
    /// A logged model: `models:/m-1b3d…`.
    LoggedModel(&'a str),
    /// Another version: `models:/<name>/<version>`.
    Version(ModelName, Version),
    /// Anything else: the address of files, or a version by its alias or stage.
    Other,
}

impl<'a> Source<'a> {
    pub(super) fn parse(source: &'a str) -> Self {
        if let Some((run_id, path)) = source.strip_prefix("runs:/").and_then(|run| run.split_once('/')) {
            return if run_id.is_empty() || path.is_empty() { Self::Other } else { Self::Run(run_id) };
        }
        let Some(model) = source.strip_prefix("models:/").filter(|model| !model.starts_with('/')) else {
            return Self::Other;
        };
        match model.split_once('/') {
            None if model.trim().is_empty() || model.contains('@') => Self::Other,
            None => Self::LoggedModel(model),
            Some((name, version)) => match (name.parse(), version.parse()) {
                (Ok(name), Ok(version)) => Self::Version(name, version),
                _ => Self::Other,
            },
        }
    }
}

impl NewVersion {
    /// Sets the run from the source if none is set. A server refuses the files of a run without its ID.
    pub(super) fn with_run_of_source(&self) -> Self {
        let run_id = match Source::parse(&self.source) {
            Source::Run(run_id) => Some(run_id.to_owned()),
            _ => None,
        };
        Self { run_id: self.run_id.clone().or(run_id), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_parsed_as_python_parses_it() {
        assert_eq!(Source::parse("runs:/r1/model/sub"), Source::Run("r1"));
        assert_eq!(Source::parse("models:/m-1b3d"), Source::LoggedModel("m-1b3d"));
        assert_eq!(
            Source::parse("models:/bikes/3"),
            Source::Version("bikes".parse().unwrap(), Version::new(3).unwrap())
        );
        for other in [
            "runs:/r1",
            "runs:/r1/",
            "runs:///r1/model",
            "models:/bikes@Champion",
            "models:/bikes/latest",
            "models:/a/b/3",
            "models://profile@databricks/bikes/3",
            "models:/",
            "s3://bucket/runs:/r1/model",
        ] {
            assert_eq!(Source::parse(other), Source::Other, "{other}");
        }
    }
}
