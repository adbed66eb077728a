//! The way from sources to jobs that are ready to run.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use figment::value::Value;

use super::document::{Document, STDIN};
use super::fields::Field;
use super::interpolate::expand;
use super::layers::{Layer, Layers, Origin};
use super::locate::Library;
use super::overrides::{self, Setting};
use super::problem::{Errors, Fault, Faults, Place, Problem};
use super::sensitive::{hide, secrets};
use super::spec::JobSpec;
use super::tree::{self, KeyPath};
use super::typed::{NULL_FROM_OUTSIDE, no_value, typed, typed_default};
use super::{environment, jobs, origins, plan, validate};

/// What one invocation reads its jobs from.
#[derive(Debug, Default)]
pub struct Sources {
    /// The configs, one batch; `-` is standard input.
    pub files: Vec<PathBuf>,
    /// The configs that are merged under each of them, in order.
    pub base: Vec<PathBuf>,
    /// What is merged over each of them, in the order given.
    pub overrides: Vec<Override>,
    /// The variables of the process.
    pub env: BTreeMap<String, String>,
    /// Whether each job remembers how it is written, for a plan.
    pub keeps_written: bool,
    /// Whether each job remembers where its registry and login come from.
    pub keeps_origins: bool,
}

/// An override of the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Override {
    /// `--extras`: config text in YAML.
    Extras(String),
    /// `--set`: one `KEY=VALUE`.
    Set(String),
}

/// Reads and checks every config, and touches nothing.
///
/// # Errors
/// Everything that is wrong with any of them.
pub fn load(sources: &Sources, stdin: &mut dyn Read) -> Result<Vec<JobSpec>, Errors> {
    let schema = super::schema();
    let top = Field::top(&schema);
    let mut loader = Loader {
        top,
        env: &sources.env,
        stdin,
        has_read_stdin: false,
        library: Library::new(top),
        problems: Vec::new(),
        under: Vec::new(),
        over: Vec::new(),
        keeps_written: sources.keeps_written,
        keeps_origins: sources.keeps_origins,
    };
    loader.shared(sources);
    // Without what all configs share, their own errors would mislead; only their text is checked.
    let is_complete = loader.problems.is_empty();
    let mut specs = Vec::new();
    for path in &sources.files {
        if let Some(layer) = loader.read(path)
            && is_complete
        {
            let mut jobs = loader.config(&path.display().to_string(), layer);
            // The first ones are many, or all, and are not moved once more.
            if specs.is_empty() { specs = jobs } else { specs.append(&mut jobs) }
        }
    }
    if loader.problems.is_empty() { Ok(specs) } else { Err(Errors::new(loader.problems)) }
}

/// What is merged over every config.
enum Over {
    Layer(Layer),
    Setting(Setting),
}

/// All that makes one config.
struct Merged {
    layers: Layers,
    /// What could not be set.
    unset: Vec<Problem>,
    /// The variables that change a plan.
    changing: Vec<String>,
    /// The other variables that change what a file says.
    overridden: Vec<String>,
}

struct Loader<'l> {
    top: Field<'l>,
    env: &'l BTreeMap<String, String>,
    stdin: &'l mut dyn Read,
    has_read_stdin: bool,
    library: Library<'l>,
    problems: Vec<Problem>,
    under: Vec<Layer>,
    over: Vec<Over>,
    keeps_written: bool,
    keeps_origins: bool,
}

impl Loader<'_> {
    /// Reads what all configs share.
    fn shared(&mut self, sources: &Sources) {
        let (layers, problems) = environment::mlflow(self.env, self.top);
        self.under = layers;
        self.problems.extend(problems);
        self.problems.extend(environment::ambiguous(self.env));
        for path in &sources.base {
            let base = self.read(path);
            self.under.extend(base);
        }
        self.over = environment::settings(self.env).into_iter().map(Over::Setting).collect();
        let mut extras = 0;
        for given in &sources.overrides {
            let over = match given {
                Override::Set(argument) => match overrides::from_argument(argument) {
                    Ok(setting) => Some(Over::Setting(setting)),
                    Err(problem) => {
                        self.problems.push(problem);
                        None
                    }
                },
                Override::Extras(text) => {
                    extras += 1;
                    let layer = self.parse(Document::yaml(&format!("--extras {extras}"), text));
                    layer.map(|layer| Over::Layer(Layer { origin: Origin::Argument, ..layer }))
                }
            };
            self.over.extend(over);
        }
    }

    fn read(&mut self, path: &Path) -> Option<Layer> {
        let document = match path == Path::new(STDIN) && std::mem::replace(&mut self.has_read_stdin, true) {
            true => Err(Box::new(Fault::new(Place::Whole, "standard input can only be read once"))),
            false => Document::read(path, self.stdin),
        };
        match document {
            Ok(document) => self.parse(document),
            Err(fault) => {
                let name = path.display().to_string();
                self.problems.push(self.library.in_text(&name, *fault));
                None
            }
        }
    }

    fn parse(&mut self, document: Document) -> Option<Layer> {
        let name = document.name.clone();
        let parsed = document.parse();
        self.library.add(document);
        match parsed {
            Ok(values) => Some(Layer { name, values, origin: Origin::Given }),
            Err(faults) => {
                let mut kept = Faults::default();
                faults.into_iter().for_each(|fault| kept.push(fault));
                let problems = kept.shown(|_| true).into_iter().map(|fault| self.library.in_text(&name, fault));
                self.problems.extend(problems);
                None
            }
        }
    }

    /// Makes the jobs of one config; what is wrong is added to the problems.
    fn config(&mut self, given: &str, file: Layer) -> Vec<JobSpec> {
        let name = file.name.clone();
        let Merged { layers, unset, changing, overridden } = self.merge(file);
        let mut tree = layers.tree();
        let mut unfilled = Faults::default();
        let hidden = self.interpolate(&layers, &mut tree, &mut unfilled);
        self.refuse_nulls(&layers, &tree, &mut unfilled);
        let mut config = tree.into_dict().unwrap_or_default();
        let mut found = jobs::Found { hidden, ..jobs::Found::default() };
        found.ignore_python(&mut config);
        config.remove("$schema");
        let written = if self.keeps_written { plan::written(&layers, &config, self.top) } else { Vec::new() };
        let origins = match self.keeps_origins {
            true => origins::origins(&layers, &config, &mut self.library),
            false => Vec::new(),
        };
        let trimmed = validate::validate(self.top, &mut config, &found.hidden, &mut found.faults);
        let mut specs = found.jobs(given, self.top, config);
        if let Some(first) = specs.first_mut() {
            first.warnings.extend(plan::warning(given, &changing));
            first.overridden = overridden;
            let warning = |path: &KeyPath| format!("{given}: the blanks around the address in `{path}` are ignored");
            first.warnings.extend(trimmed.iter().map(warning));
        }
        specs.iter_mut().zip(written).for_each(|(spec, written)| spec.written = Some(Box::new(written)));
        specs.iter_mut().zip(origins).for_each(|(spec, origins)| spec.origins = Some(Box::new(origins)));
        // What could not be set may be what is missing; what could not be filled in is told once, and not for what it
        // looks like.
        let is_kept = |fault: &Fault| match &fault.place {
            Place::Within(_) if !unset.is_empty() => false,
            place => place.path().is_none_or(|path| !unfilled.paths().contains(path)),
        };
        let faults = found.faults.shown(is_kept);
        self.problems.extend(unset);
        let faults = [unfilled.shown(|_| true), faults].concat();
        let located = self.located(faults, &name, &layers);
        self.problems.extend(located);
        specs
    }

    /// Finds the places of what is wrong with a config, in their order.
    fn located(&mut self, faults: Vec<Fault>, file: &str, layers: &Layers) -> Vec<Problem> {
        // A tree may be large; one is made again only where something is wrong.
        let merged = if faults.is_empty() { Value::from(false) } else { layers.tree() };
        // A value may be secret under one key and wrong under another, through an alias for instance.
        let secrets = secrets(&merged);
        let locate = |fault: Fault| {
            let message = hide(&fault.message, &secrets);
            self.library.in_layers(file, layers, (&merged, &secrets), Fault { message, ..fault })
        };
        let mut located: Vec<Problem> = faults.into_iter().map(locate).collect();
        located.sort_by_key(|problem| problem.line.as_ref().map(|line| (line.number, line.column)));
        located
    }

    /// Merges all that makes one config.
    fn merge(&self, file: Layer) -> Merged {
        let is_pinned = plan::is_pinned(&file.values);
        let (mut changing, mut overridden) = (Vec::new(), Vec::new());
        let mut layers = Layers::default();
        self.under.iter().cloned().chain([file]).for_each(|layer| layers.merge(layer));
        let mut problems = Vec::new();
        for over in &self.over {
            match over {
                Over::Layer(layer) => layers.merge(layer.clone()),
                Over::Setting(setting) => {
                    let before = layers.tree();
                    match setting.layer(self.top, &before) {
                        Ok(layer) => layers.merge(layer),
                        Err(problem) => problems.push(problem),
                    }
                    if !setting.is_variable() {
                        continue;
                    }
                    let after = layers.tree();
                    if is_pinned && plan::is_of_job(setting) && plan::differ(&before, &after) {
                        changing.push(setting.variable());
                    } else if setting.replaces(self.top, (&before, &after)) {
                        overridden.push(setting.variable());
                    }
                }
            }
        }
        Merged { layers, unset: problems, changing, overridden }
    }

    /// Fills in every `${…}`, and returns where something came in that must not be shown.
    fn interpolate(&self, layers: &Layers, tree: &mut Value, faults: &mut Faults) -> BTreeSet<KeyPath> {
        let mut hidden = BTreeSet::new();
        let holds_opening = |value: &Value| value.as_str().is_some_and(|text| text.contains("${"));
        for path in paths_of(tree, &holds_opening) {
            let Some(Value::String(tag, text)) = tree::get(tree, path.keys()) else { continue };
            // What people write to people comes from anywhere: a title of a pull request must not fetch a secret.
            let is_free = || self.top.at(path.keys(), tree).is_some_and(Field::is_free_text);
            if layers.is_literal(*tag) || layers.is_from_outside(*tag) && is_free() {
                continue;
            }
            // Each may look through all variables for one that was meant.
            if faults.is_full() {
                break;
            }
            let tag = *tag;
            match self.filled(text, &path, tree) {
                Ok((value, is_foreign)) => {
                    if let Some(place) = tree::get_mut(tree, path.keys()) {
                        *place = tree::retag(value, tag);
                    }
                    hidden.extend(is_foreign.then_some(path));
                }
                Err(fault) => faults.push(*fault),
            }
        }
        hidden
    }

    /// Refuses each null that is not written in a file.
    fn refuse_nulls(&self, layers: &Layers, tree: &Value, faults: &mut Faults) {
        let is_null = |value: &Value| matches!(value, Value::Empty(tag, _) if layers.is_from_outside(*tag));
        for path in paths_of(tree, &is_null) {
            if self.top.at(path.keys(), tree).is_some_and(|field| !field.is_free_text()) {
                faults.push(Fault::new(Place::Value(path), NULL_FROM_OUTSIDE));
            }
        }
    }

    fn filled(&self, text: &str, path: &KeyPath, tree: &Value) -> Result<(Value, bool), Box<Fault>> {
        let place = || Place::Value(path.clone());
        let field = self.top.at(path.keys(), tree);
        let expanded = expand(text, self.env, field.is_some_and(Field::is_template))
            .map_err(|unresolved| Box::new(Fault::new(place(), unresolved.message).help(unresolved.help)))?;
        let value = match field {
            Some(field) if expanded.is_whole && expanded.is_written => typed_default(&expanded.text, field),
            Some(field) if expanded.is_whole => typed(&expanded.text, field, false),
            Some(field) if expanded.is_foreign && !expanded.is_written => {
                no_value(&expanded.text, field).map_or_else(|| Ok(expanded.text.as_str().into()), Err)
            }
            _ => Ok(expanded.text.into()),
        };
        let value = value.map_err(|message| Box::new(Fault::new(place(), message)))?;
        Ok((value, expanded.is_foreign))
    }
}

/// Returns the paths of all single values of a kind.
fn paths_of(tree: &Value, is_wanted: &dyn Fn(&Value) -> bool) -> Vec<KeyPath> {
    fn walk<'v>(
        value: &'v Value,
        is_wanted: &dyn Fn(&Value) -> bool,
        path: &mut Vec<Cow<'v, str>>,
        found: &mut Vec<KeyPath>,
    ) {
        let mut below = |key, value| {
            path.push(key);
            walk(value, is_wanted, path, found);
            path.pop();
        };
        match value {
            Value::Dict(_, dict) => dict.iter().for_each(|(key, value)| below(Cow::from(key), value)),
            Value::Array(_, items) => {
                items.iter().enumerate().for_each(|(place, value)| below(Cow::from(place.to_string()), value));
            }
            single if is_wanted(single) => {
                found.push(path.iter().map(|key| key.to_string()).collect::<Vec<_>>().into());
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(tree, is_wanted, &mut Vec::new(), &mut found);
    found
}
