//! The format of log lines for people: `12:03:11 INFO release.yaml[3] bikes@Champion: selected version 3`.

use std::fmt;

use jiff::{Timestamp, ZonedDateTime};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

/// Formats a log line: the time, the level, the job, the message and, where asked for, the fields.
pub(super) struct LineFormat {
    pub(super) time: LineTime,
    /// Whether the fields follow the message. The message alone says what happened; the fields are for searching.
    pub(super) shows_fields: bool,
}

/// The time of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineTime {
    None,
    /// The local time of day, for a terminal.
    Clock,
    /// Date and time in UTC, for a log that is read later.
    Utc,
}

impl<S, N> FormatEvent<S, N> for LineFormat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        match self.time {
            LineTime::None => {}
            LineTime::Clock => write!(writer, "{} ", ZonedDateTime::now().strftime("%H:%M:%S"))?,
            LineTime::Utc => write!(writer, "{:.0} ", Timestamp::now())?,
        }
        let level = event.metadata().level();
        match color(*level).filter(|_| writer.has_ansi_escapes()) {
            Some(color) => write!(writer, "\u{1b}[{color}m{level}\u{1b}[0m")?,
            None => write!(writer, "{level}")?,
        }
        for span in context.event_scope().into_iter().flat_map(|scope| scope.from_root()) {
            if span.name() != JOB {
                write!(writer, " {}", span.name())?;
            }
            if let Some(label) = span.extensions().get::<FormattedFields<N>>() {
                write!(writer, " {label}")?;
            }
        }
        let mut line = Line { writer: writer.by_ref(), shows_fields: false, result: Ok(()) };
        event.record(&mut line);
        line.result?;
        if self.shows_fields {
            let mut line = Line { writer: writer.by_ref(), shows_fields: true, result: Ok(()) };
            event.record(&mut line);
            line.result?;
        }
        writeln!(writer)
    }
}

/// The span of a job. Its only field is the name of the job, so the word `job` before it is left out.
const JOB: &str = "job";

/// Returns the SGR code of the colour of a level.
const fn color(level: Level) -> Option<u8> {
    match level {
        Level::ERROR => Some(31),
        Level::WARN => Some(33),
        Level::INFO => Some(32),
        Level::DEBUG => Some(34),
        Level::TRACE => Some(35),
    }
}

/// Writes the message of an event, or its other fields.
struct Line<'w> {
    writer: Writer<'w>,
    shows_fields: bool,
    result: fmt::Result,
}

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let is_message = field.name() == "message";
        if self.result.is_err() || is_message == self.shows_fields {
            return;
        }
        self.result = if is_message {
            write!(self.writer, " {value:?}")
        } else {
            write!(self.writer, " {}={value:?}", field.name())
        };
    }
}
