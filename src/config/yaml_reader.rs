//! Makes values of a YAML text, and counts them while it does: an alias is small in a file and huge in memory.

use std::cell::Cell;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess as _, Visitor};
use serde_yaml::value::{Tag, TaggedValue};
use serde_yaml::{Mapping, Value as Yaml};

use super::budget::{MOST_BYTES, MOST_NODES};

/// What a text that expands to too much is refused with.
pub(super) const TOO_LARGE: &str = "with its aliases, this YAML is too large";

/// Reads one document.
///
/// # Errors
/// When it is no YAML, or [`TOO_LARGE`].
pub(super) fn read(text: &str) -> Result<Yaml, serde_yaml::Error> {
    let budget = Budget { nodes: Cell::new(MOST_NODES), bytes: Cell::new(MOST_BYTES) };
    Counted(&budget).deserialize(serde_yaml::Deserializer::from_str(text))
}

/// How much more a text may expand to.
struct Budget {
    nodes: Cell<u64>,
    bytes: Cell<u64>,
}

/// Makes one value, and takes it and all below it from the budget.
#[derive(Clone, Copy)]
struct Counted<'b>(&'b Budget);

impl Counted<'_> {
    fn take<E: de::Error>(self, value: Yaml, bytes: usize) -> Result<Yaml, E> {
        let Budget { nodes, bytes: left } = self.0;
        match (nodes.get().checked_sub(1), left.get().checked_sub(bytes as u64)) {
            (Some(fewer), Some(less)) => {
                nodes.set(fewer);
                left.set(less);
                Ok(value)
            }
            _ => Err(E::custom(TOO_LARGE)),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Counted<'_> {
    type Value = Yaml;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Yaml, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Counted<'_> {
    type Value = Yaml;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML value")
    }

    fn visit_none<E: de::Error>(self) -> Result<Yaml, E> {
        self.take(Yaml::Null, 0)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Yaml, E> {
        self.take(Yaml::Null, 0)
    }

    fn visit_bool<E: de::Error>(self, truth: bool) -> Result<Yaml, E> {
        self.take(truth.into(), 0)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Yaml, E> {
        self.take(number.into(), 0)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Yaml, E> {
        self.take(number.into(), 0)
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Yaml, E> {
        self.take(number.into(), 0)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Yaml, E> {
        self.take(text.into(), text.len())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Yaml, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        self.take(Yaml::Sequence(list), 0)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Yaml, A::Error> {
        let mut mapping = Mapping::new();
        while let Some(key) = entries.next_key_seed(self)? {
            if mapping.contains_key(&key) {
                return Err(de::Error::custom("a key is repeated"));
            }
            mapping.insert(key, entries.next_value_seed(self)?);
        }
        self.take(Yaml::Mapping(mapping), 0)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Yaml, A::Error> {
        let (tag, contents) = data.variant::<String>()?;
        let value = contents.newtype_variant_seed(self)?;
        Ok(Yaml::Tagged(Box::new(TaggedValue { tag: Tag::new(tag), value })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_aliases_expand_to_is_counted_while_it_is_made() {
        let mut text = "a0: &a0 [x]\n".to_owned();
        for level in 1..9 {
            let below = format!("*a{}", level - 1);
            text += &format!("a{level}: &a{level} [{}]\n", [below.as_str(); 9].join(", "));
        }
        // So many that the reader's own limit of repetitions is far away.
        text += &format!("pad: [{}]\n", vec!["x"; 100_000].join(", "));
        let error = read(&text).unwrap_err().to_string();
        assert!(error.contains(TOO_LARGE), "{error}");
        assert!(read("a: &a {x: 1}\nb: [*a, *a]").is_ok());
    }

    #[test]
    fn values_are_those_of_the_library_itself() {
        for text in ["", "~", "[1, -1, 1.5, .inf, true, x, '1']", "{a: !x 1, b: !y [1], 2: {c: 3}}", "a: &a 1\nb: *a"] {
            assert_eq!(read(text).unwrap(), serde_yaml::from_str::<Yaml>(text).unwrap(), "{text}");
        }
    }
}
