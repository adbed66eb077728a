//! A program and its arguments, as a config writes them.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::text::ForeignText;

/// A program and its arguments, which no shell reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine(Vec<String>);

impl CommandLine {
    /// Returns the program.
    pub fn program(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }

    /// Returns the arguments.
    pub fn args(&self) -> &[String] {
        self.0.get(1..).unwrap_or_default()
    }

    /// Returns the program and its arguments.
    pub fn words(&self) -> &[String] {
        &self.0
    }

    /// Writes the command on one line: secrets are masked, and words with blanks stand in quotes.
    pub fn describe(&self) -> String {
        let word = |word: &String| match word.is_empty()
            || word.contains(|c: char| c.is_whitespace() || "\"'\\".contains(c))
        {
            true => format!("{:?}", ForeignText::new(word)),
            false => ForeignText::new(word).to_string(),
        };
        self.0.iter().map(word).collect::<Vec<_>>().join(" ")
    }
}

impl<'de> Deserialize<'de> for CommandLine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let words = Vec::<String>::deserialize(deserializer)?;
        if words.first().is_none_or(|program| program.trim().is_empty()) {
            return Err(de::Error::custom("`command` names no program; write `[program, argument, …]`"));
        }
        if words.iter().any(|word| word.contains('\0')) {
            return Err(de::Error::custom("`command` holds a NUL character, which no program can be given"));
        }
        Ok(Self(words))
    }
}

impl JsonSchema for CommandLine {
    fn schema_name() -> Cow<'static, str> {
        "CommandLine".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "array", "items": { "type": "string" }, "minItems": 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_written_on_one_line_with_quotes_where_they_are_needed() {
        let command: CommandLine = serde_yaml::from_str(r#"[python, -c, "print(1)\nx", "", "a b"]"#).unwrap();
        assert_eq!(command.describe(), r#"python -c "print(1)\nx" "" "a b""#);
        assert_eq!((command.program(), command.args().len()), ("python", 4));
    }

    #[test]
    fn a_command_without_a_program_is_refused() {
        for bad in ["[]", "['']", "[' ', x]", "[a, \"\\0\"]"] {
            assert!(serde_yaml::from_str::<CommandLine>(bad).unwrap_err().to_string().contains("`command`"), "{bad}");
        }
    }
}
