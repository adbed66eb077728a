//! Makes nodes of the events of a parser.

use std::collections::HashMap;
use std::rc::Rc;

use super::super::diagnostic::{Fault, Location, MOST_SHOWN};
use super::super::key_path::KeyPath;
use super::super::node::{Entry, Map, Node, SourceId, Value};
use super::super::spans::Span;
use super::limits::{DEEPEST, Size, too_deep, too_large};

/// What became of a text.
pub(in crate::config) struct Parsed {
    /// The values; none where the text is not of its language, and its places are not known.
    pub(in crate::config) root: Option<Node>,
    pub(in crate::config) faults: Vec<Fault>,
}

/// What a parser reports. Anchors count from 1; 0 is none.
pub(super) enum Event {
    /// A value that has no others in it.
    Scalar {
        value: Value,
        anchor: usize,
        /// Whether it is the key `<<`.
        is_merge: bool,
    },
    ListStart {
        anchor: usize,
    },
    MapStart {
        anchor: usize,
    },
    /// The end of the innermost list or mapping.
    End,
    /// A copy of an earlier value.
    Alias(usize),
}

/// Makes one tree of events. What is wrong is collected; only what ends the reading is an error.
///
/// A tree with faults is no config: it has what is needed to show the lines around them, such as keys that were refused.
pub(super) struct TreeBuilder {
    source: SourceId,
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, Size)>,
    root: Option<Node>,
    pub(super) faults: Vec<Fault>,
}

/// A list or a mapping that is being read.
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
    entries: Map,
    /// The key whose value comes next.
    key: Option<Key>,
    merge: Option<(Span, Node)>,
}

enum Key {
    Text(String, Span),
    Merge(Span),
    /// A key that was refused; its value is read all the same.
    Refused(String, Span),
}

impl TreeBuilder {
    pub(super) fn new(source: SourceId) -> Self {
        Self { source, open: Vec::new(), anchors: HashMap::new(), root: None, faults: Vec::new() }
    }

    /// Returns the tree, as far as it was read.
    pub(super) fn finish(mut self) -> Parsed {
        let faults = std::mem::take(&mut self.faults);
        while let Some(Open { span, content, .. }) = self.open.pop() {
            let value = match content {
                Content::List(items) => Value::List(Rc::new(items)),
                Content::Map(OpenMap { mut entries, key, .. }) => {
                    if let Some(Key::Text(key, key_span)) = key {
                        let missing = Span { start: key_span.end, ..key_span };
                        let node = Node::new(Value::Null, missing, self.source);
                        entries.entry(key).or_insert(Entry { key_span, node });
                    }
                    Value::Map(Rc::new(entries))
                }
            };
            // What is too large was refused before.
            drop(self.place(Node::new(value, span, self.source), Size::default()));
        }
        Parsed { root: self.root, faults }
    }

    /// Adds what the parser reports next.
    pub(super) fn add(&mut self, event: Event, span: Span) -> Result<(), Fault> {
        match event {
            Event::Scalar { value, anchor, is_merge } => self.add_scalar(value, anchor, is_merge, span),
            Event::ListStart { anchor } => self.open(anchor, span, Content::List(Vec::new())),
            Event::MapStart { anchor } => self.open(anchor, span, Content::Map(OpenMap::default())),
            Event::End => self.close(),
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some((node, size)) => {
                    let node = Node { span, ..node.clone() };
                    let size = *size;
                    self.place(node, size)
                }
                None => {
                    let message = "this is not YAML: the alias stands inside of the value that it is a copy of";
                    Err(Fault::new(Location::at(span), message))
                }
            },
        }
    }

    /// Adds a fault that does not end the reading; of very many, only the first ones.
    pub(super) fn refuse(&mut self, fault: Fault) {
        if self.faults.len() < MOST_SHOWN {
            self.faults.push(fault);
        }
    }

    /// Returns the path of the value that comes next.
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

    fn add_scalar(&mut self, value: Value, anchor: usize, is_merge: bool, span: Span) -> Result<(), Fault> {
        let bytes = match &value {
            Value::Text(text) => text.len() as u64,
            _ => 0,
        };
        // A key is no node, unless an alias may stand for it.
        if (anchor == 0 || is_merge)
            && let Some(Open { content: Content::Map(OpenMap { key: key @ None, .. }), size, .. }) =
                self.open.last_mut()
        {
            size.bytes += bytes;
            let next = match value {
                _ if is_merge => Key::Merge(span),
                Value::Text(text) => Key::Text(text, span),
                other => {
                    self.refuse_key(&other, span);
                    return Ok(());
                }
            };
            *key = Some(next);
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

    fn open(&mut self, anchor: usize, span: Span, content: Content) -> Result<(), Fault> {
        if self.open.len() == DEEPEST {
            return Err(too_deep(span));
        }
        self.open.push(Open { span, anchor, size: Size::ONE, content });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Fault> {
        let Some(Open { span, anchor, size, content }) = self.open.pop() else { return Ok(()) };
        let value = match content {
            Content::List(items) => Value::List(Rc::new(items)),
            Content::Map(OpenMap { mut entries, merge, .. }) => {
                if let Some((key_span, merged)) = merge {
                    self.merge(&merged, key_span, &mut entries);
                }
                Value::Map(Rc::new(entries))
            }
        };
        self.finish_value(value, anchor, size, span)
    }

    fn finish_value(&mut self, value: Value, anchor: usize, size: Size, span: Span) -> Result<(), Fault> {
        let node = Node::new(value, span, self.source);
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
        self.place(node, size)
    }

    /// Puts a value into the list or mapping that is open.
    fn place(&mut self, node: Node, size: Size) -> Result<(), Fault> {
        let depth = self.open.len() + size.height;
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.size.add(size);
        let refused = if open.size.is_too_large() {
            Err(too_large(node.span))
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
            Some(Key::Text(key, span)) => self.insert(key, span, node),
            Some(Key::Merge(span)) if map.merge.is_none() => map.merge = Some((span, node)),
            Some(Key::Merge(span)) => {
                let line = map.merge.as_ref().map_or(span.line, |(first, _)| first.line);
                insert_refused(&mut map.entries, "<<", span, node);
                self.refuse(repeated_key("<<", span, line));
            }
            Some(Key::Refused(key, span)) => insert_refused(&mut map.entries, &key, span, node),
            None => match &node.value {
                Value::Text(text) => map.key = Some(Key::Text(text.clone(), node.span)),
                other => {
                    let other = other.clone();
                    self.refuse_key(&other, node.span);
                }
            },
        }
        refused
    }

    fn insert(&mut self, key: String, key_span: Span, node: Node) {
        let Some(Open { content: Content::Map(OpenMap { entries, .. }), .. }) = self.open.last_mut() else { return };
        if let Some(first) = entries.get(&key) {
            let fault = repeated_key(&key, key_span, first.key_span.line);
            insert_refused(entries, &key, key_span, node);
            self.refuse(fault);
            return;
        }
        entries.insert(key, Entry { key_span, node });
    }

    /// Adds the entries of a mapping, or of a list of mappings, to those that a mapping has itself.
    fn merge(&mut self, merged: &Node, key_span: Span, entries: &mut Map) {
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
            for (key, entry) in more {
                if !entries.contains_key(key) {
                    entries.insert(key.clone(), entry.clone());
                }
            }
        }
    }
}

/// Adds the value of a refused key under a name that no other key has.
fn insert_refused(entries: &mut Map, key: &str, key_span: Span, node: Node) {
    entries.insert(format!("{key} at {}", key_span.start), Entry { key_span, node });
}

fn repeated_key(key: &str, span: Span, first: u32) -> Fault {
    let message = format!("the key `{key}` is repeated; it is first on line {first}");
    Fault::new(Location::at(span), message).help("keep one of them".to_owned())
}
