//! Log lines as hosts parse them: one hclog JSON object per event on stderr.
//!
//! A host reads stderr line by line through a buffer of 64 KiB, wants exactly six fractional digits in `@timestamp`,
//! and dies of an `@`-key that is not a string; this layer is therefore the only writer of stderr once the server
//! runs. It must not be given values of configuration, plan or state: it writes whatever it is given.
//!
//! Reference: <https://pkg.go.dev/github.com/hashicorp/go-hclog#readme-json-format> and
//! <https://developer.hashicorp.com/terraform/plugin/log/managing>

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

/// The variable that sets the level of this provider's own lines; hosts filter once more by `TF_LOG_PROVIDER`.
const LEVEL_VARIABLE: &str = "TF_LOG_PROVIDER_SSMSESSION";

/// The `@module` of this provider's own lines.
const MODULE: &str = "ssmsession";

/// A longer text is cut, so that no single field can fill a line.
const MAX_TEXT_BYTES: usize = 8 * 1024;

/// Fields for which this leaves no room are left out: the host's buffer holds 64 KiB.
const MAX_LINE_BYTES: usize = 60 * 1024;

const TIMESTAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

/// Sends the events of the whole process to stderr, and panics as one event each.
///
/// A second call changes nothing: the first subscriber of a process stays.
pub(crate) fn init() {
    let level = level(std::env::var(LEVEL_VARIABLE).ok().as_deref());
    let subscriber = Registry::default().with(HclogLayer::new(std::io::stderr(), level));
    if tracing::subscriber::set_global_default(subscriber).is_ok() {
        std::panic::set_hook(Box::new(|panic| {
            let message = panic.payload_as_str().unwrap_or("no message");
            let location = panic.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(error = message, location, "panic");
        }));
    }
}

/// The level that `value` names; everything for a name that is none, as in the Go SDK, because the host filters anyway.
fn level(value: Option<&str>) -> LevelFilter {
    value.and_then(|name| name.parse().ok()).unwrap_or(LevelFilter::TRACE)
}

/// Writes events as hclog JSON, with the fields of the spans they happen in.
pub(crate) struct HclogLayer<W> {
    writer: Mutex<W>,
    level: LevelFilter,
}

impl<W> HclogLayer<W> {
    /// Writes to `writer` what `level` lets through.
    pub(crate) fn new(writer: W, level: LevelFilter) -> Self {
        Self { writer: Mutex::new(writer), level }
    }
}

/// Whether a target is this crate or one of its modules.
fn is_own(target: &str) -> bool {
    target == MODULE || target.strip_prefix(MODULE).is_some_and(|rest| rest.starts_with("::"))
}

impl<S, W> Layer<S> for HclogLayer<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Write + Send + 'static,
{
    /// Other crates speak at WARN and above only: below that, SDKs log requests as they go over the wire.
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        *metadata.level() <= self.level && (is_own(metadata.target()) || *metadata.level() <= Level::WARN)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            record.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flat_map(tracing_subscriber::registry::Scope::from_root) {
            if let Some(inherited) = span.extensions().get::<Fields>() {
                fields.0.extend(inherited.0.clone());
            }
        }
        event.record(&mut fields);
        let mut line = line(event.metadata(), fields, OffsetDateTime::now_utc());
        line.push('\n');
        // Nobody is left to hear of it when stderr is closed.
        let _ = self.writer.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes());
    }
}

/// One event as one line of JSON, without its line end.
fn line(metadata: &Metadata<'_>, fields: Fields, now: OffsetDateTime) -> String {
    let Fields(mut fields) = fields;
    let message = match fields.remove("message") {
        Some(Value::String(message)) => message,
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let module =
        if is_own(metadata.target()) { MODULE } else { metadata.target().split("::").next().unwrap_or_default() };
    let message = Value::from(message);
    // As it is written, quoted and escaped.
    let written = |value: &Value| value.to_string().len();
    let mut length = written(&message);
    let mut object: Map<_, _> = fields
        .into_iter()
        .filter(|(key, value)| {
            let longer = length + key.len() + written(value);
            let fits = longer <= MAX_LINE_BYTES;
            if fits {
                length = longer;
            }
            fits
        })
        .collect();
    object.insert("@level".to_owned(), metadata.level().as_str().to_ascii_lowercase().into());
    object.insert("@message".to_owned(), message);
    object.insert("@module".to_owned(), module.into());
    object.insert("@timestamp".to_owned(), now.format(TIMESTAMP).unwrap_or_default().into());
    Value::Object(object).to_string()
}

/// The fields of one span or event, as JSON.
#[derive(Debug, Clone, Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn insert(&mut self, field: &Field, value: Value) {
        // The keys with an @ are the host's, and it dies of one that is no string.
        if !field.name().starts_with('@') {
            self.0.insert(field.name().to_owned(), value);
        }
    }

    fn insert_text(&mut self, field: &Field, text: &str) {
        self.insert(field, cut(text).into());
    }
}

/// As much of `text` as a field may hold.
fn cut(text: &str) -> String {
    if text.len() <= MAX_TEXT_BYTES {
        return text.to_owned();
    }
    let kept: String = text
        .char_indices()
        .take_while(|(start, character)| start + character.len_utf8() <= MAX_TEXT_BYTES)
        .map(|(_, character)| character)
        .collect();
    kept + "…"
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.insert_text(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert_text(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value.into());
    }

    /// An error is written with everything that caused it.
    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let causes = std::iter::successors(value.source(), |error| error.source());
        let text = causes.fold(value.to_string(), |text, cause| format!("{text}: {cause}"));
        self.insert_text(field, &text);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[derive(Clone, Default)]
    struct Captured(Arc<Mutex<Vec<u8>>>);

    impl Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn lines(level: LevelFilter, log: impl FnOnce()) -> Vec<Map<String, Value>> {
        let captured = Captured::default();
        let subscriber = Registry::default().with(HclogLayer::new(captured.clone(), level));
        tracing::subscriber::with_default(subscriber, log);
        let bytes = captured.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_line_has_the_keys_that_hosts_parse() {
        let lines = lines(LevelFilter::TRACE, || tracing::info!(count = 3, ok = true, "two\nlines"));
        let [line] = lines.as_slice() else { panic!("one event is one line: {lines:?}") };
        assert_eq!(line["@level"], "info");
        assert_eq!(line["@message"], "two\nlines");
        assert_eq!(line["@module"], "ssmsession");
        assert_eq!(line["count"], 3);
        assert_eq!(line["ok"], true);
        let timestamp = line["@timestamp"].as_str().unwrap();
        let (_, fraction) = timestamp.split_once('.').unwrap();
        assert_eq!((timestamp.len(), fraction.len()), ("2006-01-02T15:04:05.000000Z".len(), "000000Z".len()));
    }

    #[test]
    fn events_carry_the_fields_of_their_spans() {
        let lines = lines(LevelFilter::TRACE, || {
            let outer = tracing::info_span!("rpc", tf_rpc = "ReadResource", tf_resource_type = tracing::field::Empty);
            outer.record("tf_resource_type", "ssmsession_setup");
            let _outer = outer.entered();
            let _inner = tracing::info_span!("call", operation = "GetKeyPolicy").entered();
            tracing::debug!(operation = "DescribeKey", "AWS call");
        });
        assert_eq!(lines[0]["tf_rpc"], "ReadResource");
        assert_eq!(lines[0]["tf_resource_type"], "ssmsession_setup");
        assert_eq!(lines[0]["operation"], "DescribeKey", "an event's own field wins");
    }

    #[test]
    fn a_message_is_a_string_even_if_it_was_recorded_as_a_number() {
        let lines = lines(LevelFilter::TRACE, || tracing::info!(message = 7));
        assert_eq!(lines[0]["@message"], "7");
    }

    #[test]
    fn other_crates_speak_only_when_something_is_wrong() {
        let lines = lines(LevelFilter::TRACE, || {
            tracing::info!(target: "aws_smithy_runtime::client", "request with secrets");
            tracing::info!(target: "ssmsession_other", "not ours either");
            tracing::warn!(target: "aws_smithy_runtime::client", "trouble");
        });
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["@module"], "aws_smithy_runtime");
    }

    #[test]
    fn the_level_is_the_variables_and_everything_without_one() {
        assert_eq!(level(Some("warn")), LevelFilter::WARN);
        assert_eq!(level(Some("DEBUG")), LevelFilter::DEBUG);
        assert_eq!(level(Some("off")), LevelFilter::OFF);
        assert_eq!(level(Some("JSON")), LevelFilter::TRACE);
        assert_eq!(level(None), LevelFilter::TRACE);
        assert_eq!(lines(LevelFilter::WARN, || tracing::info!("below")).len(), 0);
    }

    #[test]
    fn no_line_is_longer_than_the_hosts_buffer() {
        // A control character takes six bytes in JSON.
        let long = "\u{e9}\u{1}\n".repeat(100_000);
        let captured = Captured::default();
        let subscriber = Registry::default().with(HclogLayer::new(captured.clone(), LevelFilter::TRACE));
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(a = long, b = long, c = long, d = long, e = long, f = long, tf_rpc = "short", "{long}");
        });
        let bytes = captured.0.lock().unwrap().clone();
        assert!(bytes.len() < 64 * 1024, "{} bytes", bytes.len());
        assert!(bytes.ends_with(b"\n") && !bytes[..bytes.len() - 1].contains(&b'\n'));
        let line: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(line["tf_rpc"], "short", "a short field is kept beside a long one");
    }

    #[test]
    fn an_error_is_written_with_its_causes() {
        #[derive(Debug, thiserror::Error)]
        #[error("outer")]
        struct Outer(#[source] std::num::ParseIntError);
        let error = Outer("x".parse::<u8>().unwrap_err());
        let lines = lines(LevelFilter::TRACE, || {
            tracing::error!(error = &error as &(dyn std::error::Error + 'static), "failed");
        });
        assert_eq!(lines[0]["error"], "outer: invalid digit found in string");
    }
}
