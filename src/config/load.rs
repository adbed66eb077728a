//! Loads the jobs of an invocation from all sources.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::diagnostic::{Diagnostic, Errors, Fault, Faults, Location};
use super::job_source::job_sources;
use super::job_spec::{FileNotes, JobSpec, Provenance};
use super::key_path::KeyPath;
use super::merge::merge;
use super::needs::{KnownIds, check_needs};
use super::node::{Node, SourceId};
use super::overrides::{self, Setting};
use super::provenance::{foreign_origins, list_values, service_origins};
use super::schema_node::SchemaNode;
use super::source::{STDIN, Source};
use super::source_map::{Origin, SourceMap};
use super::validate::validate;
use super::walk::Validated;
use super::{environment, python_compat};

/// The sources that one invocation reads its jobs from.
#[derive(Debug, Default)]
pub struct Sources {
    /// The config files of the batch; `-` is standard input.
    pub files: Vec<PathBuf>,
    /// The configs that are merged under each config file, in order.
    pub base: Vec<PathBuf>,
    /// The overrides that are merged over each config file, in order.
    pub overrides: Vec<Override>,
    /// The environment variables of the process.
    pub env: BTreeMap<String, String>,
    /// Whether each job keeps its source, which a plan needs.
    pub keeps_source: bool,
    /// Whether each job keeps the origins of its registry address and login.
    pub keeps_origins: bool,
    /// Whether each job keeps all its values, each with where it comes from.
    pub keeps_values: bool,
}

/// An override from the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Override {
    /// `--extras`: config text in YAML.
    Extras(String),
    /// `--set`: one `KEY=VALUE`.
    Set(String),
}

/// Reads and validates every config. Has no side effects.
///
/// # Errors
/// All errors of all configs.
pub fn load(sources: &Sources, stdin: &mut dyn Read) -> Result<Vec<JobSpec>, Errors> {
    let schema = super::schema();
    let top = SchemaNode::top(&schema);
    let mut loader = Loader {
        top,
        sources,
        stdin,
        has_read_stdin: false,
        map: SourceMap::new(top, &sources.env),
        diagnostics: Vec::new(),
        under: Vec::new(),
        over: Vec::new(),
        ids: KnownIds::new(),
    };
    loader.read_shared();
    // If a shared source has an error, errors of the configs would mislead, so they are only parsed.
    let is_complete = loader.diagnostics.is_empty();
    let (mut specs, mut valid) = (Vec::new(), Vec::new());
    for path in &sources.files {
        let errors = loader.diagnostics.len();
        if let Some(file) = loader.read(path)
            && is_complete
        {
            let mut jobs = loader.load_config(&path.display().to_string(), file);
            valid.extend((loader.diagnostics.len() == errors).then(|| path.display().to_string()));
            // Moves the jobs instead of copying them in the usual case of one config.
            if specs.is_empty() { specs = jobs } else { specs.append(&mut jobs) }
        }
    }
    if loader.diagnostics.is_empty() { Ok(specs) } else { Err(Errors::new(loader.diagnostics).with_valid(valid)) }
}

/// A source that is merged over every config.
enum Over {
    Layer(Node),
    Setting(Setting, SourceId),
}

/// A config merged from all its sources.
struct Merged {
    config: Node,
    /// The errors of settings that could not be applied.
    failed: Vec<Diagnostic>,
    /// What variables change in a pinned job.
    drifting: Vec<String>,
    /// What other variables change in what a file says.
    overridden: Vec<String>,
}

struct Loader<'l> {
    top: SchemaNode<'l>,
    sources: &'l Sources,
    stdin: &'l mut dyn Read,
    has_read_stdin: bool,
    map: SourceMap<'l>,
    diagnostics: Vec<Diagnostic>,
    under: Vec<Node>,
    over: Vec<Over>,
    /// The names of the jobs of the configs before.
    ids: KnownIds,
}

impl Loader<'_> {
    /// Reads the sources that all configs share.
    fn read_shared(&mut self) {
        let Sources { env, base, overrides, .. } = self.sources;
        let (layers, diagnostics) = environment::mlflow_layers(&mut self.map);
        self.under = layers;
        self.diagnostics.extend(diagnostics);
        self.diagnostics.extend(environment::find_ambiguous(env));
        for path in base {
            let base = self.read(path);
            self.under.extend(base);
        }
        environment::settings(env).into_iter().for_each(|setting| self.add_setting(setting));
        let mut extras = 0;
        for item in overrides {
            match item {
                Override::Set(argument) => match overrides::parse_argument(argument) {
                    Ok(setting) => self.add_setting(setting),
                    Err(diagnostic) => self.diagnostics.push(diagnostic),
                },
                Override::Extras(text) => {
                    extras += 1;
                    let layer = self.parse(Source::yaml(&format!("--extras {extras}"), text), Origin::Argument);
                    self.over.extend(layer.map(Over::Layer));
                }
            }
        }
    }

    fn add_setting(&mut self, setting: Setting) {
        let source = self.map.add(setting.argument.clone(), setting.origin());
        self.over.push(Over::Setting(setting, source));
    }

    fn read(&mut self, path: &Path) -> Option<Node> {
        let source = match path == Path::new(STDIN) && std::mem::replace(&mut self.has_read_stdin, true) {
            true => Err(Box::new(Fault::new(Location::Whole, "standard input can only be read once"))),
            false => Source::read(path, self.stdin),
        };
        match source {
            Ok(source) => self.parse(source, Origin::File),
            Err(fault) => {
                let Fault { message, help, .. } = *fault;
                let source = path.display().to_string();
                self.diagnostics.push(Diagnostic { message, help, source, key: None, excerpt: None });
                None
            }
        }
    }

    fn parse(&mut self, source: Source, origin: Origin) -> Option<Node> {
        self.map.parse(source, origin).map_err(|diagnostics| self.diagnostics.extend(diagnostics)).ok()
    }

    /// Builds the jobs of one config, and adds its errors to the diagnostics.
    fn load_config(&mut self, path: &str, file: Node) -> Vec<JobSpec> {
        let source = file.source;
        let Merged { config, failed, drifting, overridden } = self.merge(file);
        let (mut specs, found) = validate(&self.map, &config, path);
        let Validated { mut faults, trimmed, ignored, .. } = found;
        if self.sources.keeps_source {
            let jobs = job_sources(&self.map, &config, &mut faults);
            specs.iter_mut().zip(jobs).for_each(|(spec, job)| spec.source = Some(Box::new(job)));
        }
        // A job with an error is not there to be needed, so an error about it would mislead.
        if faults.count() == 0 && self.diagnostics.is_empty() {
            faults.extend(check_needs(&specs, &mut self.ids));
        }
        let registry = KeyPath::new(&["services", "mlflow"]);
        let origins = config.get(registry.keys()).map(|block| foreign_origins(&registry, block, source, &self.map));
        let registry_set_elsewhere = Arc::new(origins.unwrap_or_default());
        for spec in &mut specs {
            self.add_origins(spec, source, &config);
            spec.registry_set_elsewhere = registry_set_elsewhere.clone();
        }
        if let Some(first) = specs.first_mut() {
            let mut warnings = Vec::from_iter(python_compat::warning(path, &ignored));
            warnings.extend(overrides::drift_warning(path, &drifting));
            let warning = |key: &KeyPath| format!("{path}: the blanks around the address in `{key}` are ignored");
            warnings.extend(trimmed.iter().map(warning));
            first.notes = Some(Box::new(FileNotes { warnings, overridden }));
        }
        self.report(source, &config, faults, failed);
        specs
    }

    /// Adds to a job where its values come from.
    fn add_origins(&self, spec: &mut JobSpec, file: SourceId, config: &Node) {
        let mut provenance = Provenance::default();
        if self.sources.keeps_origins {
            provenance.origins = service_origins(spec, config, &self.map);
        }
        if self.sources.keeps_values {
            provenance.values = list_values(spec, config, &self.map);
        }
        let path = spec.path();
        if let Some(job) = config.get(path.keys()) {
            provenance.set_elsewhere = foreign_origins(&path, job, file, &self.map);
            spec.pinned_version = overrides::pinned_version(job);
        }
        spec.provenance = (provenance != Provenance::default()).then(|| Box::new(provenance));
        spec.is_only_config = self.sources.files.len() == 1;
    }

    /// Adds the errors of a config to the diagnostics, in the order of its lines.
    fn report(&mut self, file: SourceId, config: &Node, faults: Faults, failed: Vec<Diagnostic>) {
        // A missing key may be missing because its setting failed, so it is not reported too.
        let is_kept = |fault: &Fault| failed.is_empty() || !matches!(fault.location, Location::Within(_));
        let faults = faults.into_shown(is_kept);
        let mut placed: Vec<Diagnostic> =
            faults.into_iter().map(|fault| self.map.in_config(file, config, fault)).collect();
        placed.sort_by_key(|diagnostic| diagnostic.excerpt.as_ref().map(|excerpt| (excerpt.number, excerpt.column)));
        self.diagnostics.extend(failed);
        self.diagnostics.extend(placed);
    }

    /// Merges all sources of one config.
    fn merge(&self, file: Node) -> Merged {
        let source = file.source;
        let is_pinned = overrides::is_pinned(&file);
        let layers: Vec<Node> = self.under.iter().cloned().chain([file]).collect();
        let config = merge(&layers, source);
        let mut merged = Merged { config, failed: Vec::new(), drifting: Vec::new(), overridden: Vec::new() };
        for over in &self.over {
            match over {
                Over::Layer(layer) => merged.config = merge(&[merged.config, layer.clone()], source),
                Over::Setting(setting, id) => match setting.apply(self.top, &mut merged.config, *id) {
                    Err(diagnostic) => merged.failed.push(diagnostic),
                    Ok(_) if !setting.is_variable() => {}
                    Ok(change) if is_pinned && setting.is_variable_of_job() && change.is_other => {
                        merged.drifting.push(setting.describe_change(&change, &merged.config, &self.map));
                    }
                    Ok(change) if change.replaces => {
                        merged.overridden.push(setting.describe_change(&change, &merged.config, &self.map));
                    }
                    Ok(_) => {}
                },
            }
        }
        merged
    }
}
