//! Builds nodes from the events of a parser.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::super::diagnostic::{Fault, Location, MOST_SHOWN};
use super::super::key_path::KeyPath;
use super::super::node::{Entry, Node, SourceId, Span, Value};

/// The maximum number of values that a text may expand to. YAML aliases can make a small file huge in memory.
const MOST_NODES: u64 = 1_000_000;
/// The maximum number of bytes of text that a config may expand to.
const MOST_BYTES: u64 = 64 << 20;
/// The maximum nesting depth of values, in every format.
pub(super) const DEEPEST: usize = 64;

/// The result of parsing a text.
pub(in crate::config) struct Parsed {
    /// The values; `None` where the text does not have the syntax of its format, so that no spans are known.
    pub(in crate::config) root: Option<Node>,
    pub(in crate::config) faults: Vec<Fault>,
}

/// Builds one tree. Faults are collected; only a fault that ends the parsing is an error. Anchors count from 1; 0 means
/// none.
///
/// A tree with faults is not a valid config. It also contains refused keys, so that the lines around a fault can be
/// shown.
pub(super) struct TreeBuilder<'t> {
    text: &'t str,
    source: SourceId,
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, Size)>,
    root: Option<Node>,
    faults: Vec<Fault>,
}

/// A list or mapping that is not closed yet.
struct Open {
    span: Span,
    anchor: usize,
    size: Size,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map(OpenMap),
}

#[derive(Default)]
struct OpenMap {
    entries: BTreeMap<String, Entry>,
    /// The key of the next value.
    key: Option<Key>,
    merge: Option<(Span, Node)>,
}

enum Key {
    Text(String, Span),
    Merge(Span),
    /// A refused key. Its value is parsed too.
    Refused(String, Span),
}

/// The size of a value after expanding aliases.
#[derive(Clone, Copy, Default)]
struct Size {
    nodes: u64,
    bytes: u64,
    /// The number of levels below it.
    height: usize,
}

impl Size {
    const ONE: Self = Self { nodes: 1, bytes: 0, height: 0 };

    /// Adds the size of a child value.
    fn add(&mut self, other: Self) {
        self.nodes = self.nodes.saturating_add(other.nodes);
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.height = self.height.max(other.height + 1);
    }
}

impl<'t> TreeBuilder<'t> {
    pub(super) fn new(text: &'t str, source: SourceId) -> Self {
        Self { text, source, open: Vec::new(), anchors: HashMap::new(), root: None, faults: Vec::new() }
    }

    /// Returns the tree, up to the end of the text or to an error.
    pub(super) fn finish(mut self, end: Result<(), Fault>) -> Parsed {
        let mut faults = std::mem::take(&mut self.faults);
        faults.extend(end.err());
        // Faults of unfinished collections only follow from the error.
        while let Some(Open { content, .. }) = self.open.last() {
            if let Content::Map(OpenMap { key: Some(Key::Text(_, key_span)), .. }) = content {
                let missing = Span { start: key_span.end, ..*key_span };
                drop(self.place(Node::new(Value::Null, missing, self.source), Size::default()));
            }
            drop(self.close());
        }
        Parsed { root: self.root, faults }
    }

    /// Adds a fault that does not end the parsing. Only the first faults are stored.
    pub(super) fn refuse(&mut self, fault: Fault) {
        if self.faults.len() < MOST_SHOWN {
            self.faults.push(fault);
        }
    }

    fn refuse_repeated_key(&mut self, key: &str, span: Span, first: Span) {
        if self.faults.len() < MOST_SHOWN {
            let (line, _) = first.line_and_column(self.text);
            let message = format!("the key `{key}` is repeated; it is first on line {line}");
            self.refuse(Fault::new(Location::at(span), message).help("keep one of them".to_owned()));
        }
    }

    /// Returns the path of the next value.
    pub(super) fn path(&self) -> KeyPath {
        let key = |open: &Open| match &open.content {
            Content::List(items) => Some(items.len().to_string()),
            Content::Map(map) => match &map.key {
                Some(Key::Text(key, _)) => Some(key.clone()),
                Some(Key::Merge(_)) => Some("<<".to_owned()),
                Some(Key::Refused(..)) | None => None,
            },
        };
        self.open.iter().filter_map(key).collect::<Vec<_>>().into()
    }

    /// Adds a scalar, or the key `<<`.
    pub(super) fn scalar(&mut self, value: Value, anchor: usize, is_merge: bool, span: Span) -> Result<(), Fault> {
        let bytes = match &value {
            Value::Text(text) => text.len() as u64,
            _ => 0,
        };
        // A key becomes a node only if an alias may refer to it.
        if (anchor == 0 || is_merge)
            && let Some(Open { content: Content::Map(OpenMap { key: key @ None, .. }), size, .. }) =
                self.open.last_mut()
        {
            size.bytes += bytes;
            match value {
                _ if is_merge => *key = Some(Key::Merge(span)),
                Value::Text(text) => *key = Some(Key::Text(text, span)),
                other => self.refuse_key(&other, span),
            }
            return Ok(());
        }
        self.finish_value(value, anchor, Size { bytes, ..Size::ONE }, span)
    }

    /// Refuses a key that is not text.
    fn refuse_key(&mut self, key: &Value, span: Span) {
        let shown = match key {
            Value::Bool(truth) => truth.to_string(),
            Value::Number(number) => number.to_string(),
            Value::Null => "null".to_owned(),
            Value::Text(_) | Value::List(_) | Value::Map(_) => {
                let fault = Fault::new(Location::Span(span, None), "a list or a mapping cannot be a key");
                self.refuse(fault);
                return self.set_key(Key::Refused("?".to_owned(), span));
            }
        };
        let path = self.path().child(&shown);
        let fault = Fault::new(Location::Span(span, Some(path)), format!("the key {shown} is not text"));
        self.refuse(fault.help(format!("write it in quotes: \"{shown}\"")));
        self.set_key(Key::Refused(shown, span));
    }

    fn set_key(&mut self, next: Key) {
        if let Some(Open { content: Content::Map(map), .. }) = self.open.last_mut() {
            map.key = Some(next);
        }
    }

    pub(super) fn open_list(&mut self, anchor: usize, span: Span) -> Result<(), Fault> {
        self.open(anchor, span, Content::List(Vec::new()))
    }

    pub(super) fn open_map(&mut self, anchor: usize, span: Span) -> Result<(), Fault> {
        self.open(anchor, span, Content::Map(OpenMap::default()))
    }

    fn open(&mut self, anchor: usize, span: Span, content: Content) -> Result<(), Fault> {
        if self.open.len() == DEEPEST {
            return Err(too_deep(span));
        }
        self.open.push(Open { span, anchor, size: Size::ONE, content });
        Ok(())
    }

    /// Closes the innermost list or mapping.
    pub(super) fn close(&mut self) -> Result<(), Fault> {
        let Some(Open { span, anchor, size, content }) = self.open.pop() else { return Ok(()) };
        let value = match content {
            Content::List(items) => Value::List(Rc::new(items)),
            Content::Map(OpenMap { mut entries, merge, .. }) => {
                if let Some((key_span, merged)) = merge {
                    self.merge(&merged, key_span, &mut entries);
                }
                Value::Map(Rc::new(entries.into()))
            }
        };
        self.finish_value(value, anchor, size, span)
    }

    /// Adds a copy of an earlier value.
    pub(super) fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Fault> {
        let Some((node, size)) = self.anchors.get(&anchor) else {
            let message = "this is not YAML: the alias stands inside of the value that it is a copy of";
            return Err(Fault::new(Location::at(span), message));
        };
        let (node, size) = (Node { span, ..node.clone() }, *size);
        self.place(node, size)
    }

    fn finish_value(&mut self, value: Value, anchor: usize, size: Size, span: Span) -> Result<(), Fault> {
        let node = Node::new(value, span, self.source);
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
        self.place(node, size)
    }

    /// Adds a value to the innermost open list or mapping.
    fn place(&mut self, node: Node, size: Size) -> Result<(), Fault> {
        let depth = self.open.len() + size.height;
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.size.add(size);
        let refused = if open.size.nodes > MOST_NODES || open.size.bytes > MOST_BYTES {
            let fault = Fault::new(Location::at(node.span), "with its aliases, this YAML is too large");
            Err(fault.help("repeat less".to_owned()))
        } else if depth > DEEPEST {
            Err(too_deep(node.span))
        } else {
            Ok(())
        };
        let map = match &mut open.content {
            Content::List(items) => {
                items.push(node);
                return refused;
            }
            Content::Map(map) => map,
        };
        match map.key.take() {
            Some(Key::Text(key, key_span)) => match map.entries.get(&key).map(|first| first.key_span) {
                Some(first) => {
                    insert_refused(&mut map.entries, &key, key_span, node);
                    self.refuse_repeated_key(&key, key_span, first);
                }
                None => drop(map.entries.insert(key, Entry { key_span, node })),
            },
            Some(Key::Merge(span)) => match map.merge.as_ref().map(|(first, _)| *first) {
                Some(first) => {
                    insert_refused(&mut map.entries, "<<", span, node);
                    self.refuse_repeated_key("<<", span, first);
                }
                None => map.merge = Some((span, node)),
            },
            Some(Key::Refused(key, span)) => insert_refused(&mut map.entries, &key, span, node),
            None => match node.value {
                Value::Text(text) => map.key = Some(Key::Text(text, node.span)),
                other => self.refuse_key(&other, node.span),
            },
        }
        refused
    }

    /// Merges the entries of a mapping, or of a list of mappings, into a mapping that does not have them itself.
    fn merge(&mut self, merged: &Node, key_span: Span, entries: &mut BTreeMap<String, Entry>) {
        let maps = merged.as_list().unwrap_or(std::slice::from_ref(merged));
        for map in maps {
            let Some(more) = map.as_map() else {
                let found = match map.value {
                    Value::List(_) => "sequence",
                    _ => "scalar",
                };
                let wanted = if merged.as_list().is_some() { "a mapping" } else { "a mapping or list of mappings" };
                let message = format!("`<<` cannot merge this: expected {wanted} for merging, but found {found}");
                let location = Location::Span(key_span, Some(self.path().child("<<")));
                let help = "`<<` takes an alias of a mapping, or a list of such".to_owned();
                self.refuse(Fault::new(location, message).help(help));
                insert_refused(entries, "<<", key_span, map.clone());
                continue;
            };
            for (key, entry) in more.iter() {
                if !entries.contains_key(key) {
                    entries.insert(key.clone(), entry.clone());
                }
            }
        }
    }
}

/// Adds the value of a refused key under a unique name.
fn insert_refused(entries: &mut BTreeMap<String, Entry>, key: &str, key_span: Span, node: Node) {
    entries.insert(format!("{key} at {}", key_span.start), Entry { key_span, node });
}

pub(super) fn too_deep(span: Span) -> Fault {
    Fault::new(Location::at(span), "values are nested too deep here").help(format!("{DEEPEST} levels are the most"))
}
