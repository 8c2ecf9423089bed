//! Log lines as hosts parse them: one hclog JSON object per event on stderr.
//!
//! A host reads stderr line by line through a buffer of 64 KiB, wants exactly six fractional digits in `@timestamp`,
//! and panics on an `@`-key that is not a string. Therefore this layer alone writes to stderr while the server runs. It
//! writes every field that it gets: values of configuration, plan or state must not become fields.
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

use crate::causes::causes;

/// This crate, as its modules name it.
const THIS_CRATE: &str = "terraform_plugin";

/// A longer text is cut, so that no single field can fill a line.
const MAX_TEXT_BYTES: usize = 8 * 1024;

/// A field that does not fit is left out: the host's buffer holds 64 KiB.
const MAX_LINE_BYTES: usize = 60 * 1024;

const TIMESTAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

/// Sends the events of the whole process to stderr, and each panic as an event. Hosts filter the lines once more.
///
/// A second call changes nothing: the first subscriber of a process stays.
pub(crate) fn init(provider_name: &str, crates: &'static [&'static str]) {
    let level = level(std::env::var(level_variable(provider_name)).ok().as_deref());
    let layer = HclogLayer::new(std::io::stderr(), level, provider_name.to_owned(), crates);
    let subscriber = Registry::default().with(layer);
    if tracing::subscriber::set_global_default(subscriber).is_ok() {
        std::panic::set_hook(Box::new(|panic| {
            let message = panic.payload_as_str().unwrap_or("no message");
            let location = panic.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(error = message, location, "panic");
        }));
    }
}

/// The variable that sets the level of the provider's own lines, named as in the Go SDK.
fn level_variable(provider_name: &str) -> String {
    format!("TF_LOG_PROVIDER_{}", provider_name.to_ascii_uppercase().replace('-', "_"))
}

/// The level that `value` names. Any other value means every level, as in the Go SDK, because the host filters anyway.
fn level(value: Option<&str>) -> LevelFilter {
    value.and_then(|name| name.parse().ok()).unwrap_or(LevelFilter::TRACE)
}

/// Writes events as hclog JSON, with the fields of the spans they happen in.
pub(crate) struct HclogLayer<W> {
    writer: Mutex<W>,
    level: LevelFilter,
    /// The `@module` of the provider's own lines.
    module: String,
    /// The provider's crates, as their modules name them.
    crates: &'static [&'static str],
}

impl<W> HclogLayer<W> {
    /// Writes to `writer` what `level` admits.
    pub(crate) fn new(writer: W, level: LevelFilter, module: String, crates: &'static [&'static str]) -> Self {
        Self { writer: Mutex::new(writer), level, module, crates }
    }

    /// Whether the provider's crates or this one logged the event.
    fn is_own(&self, metadata: &Metadata<'_>) -> bool {
        let logged_by = crate_name(metadata);
        logged_by == THIS_CRATE || self.crates.contains(&logged_by)
    }

    /// The `@module` of an event.
    fn module<'a>(&'a self, metadata: &'a Metadata<'_>) -> &'a str {
        if self.is_own(metadata) { &self.module } else { crate_name(metadata) }
    }
}

/// The crate that logged an event: an event's target is its module.
fn crate_name<'a>(metadata: &'a Metadata<'_>) -> &'a str {
    metadata.target().split("::").next().unwrap_or_default()
}

impl<S, W> Layer<S> for HclogLayer<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Write + Send + 'static,
{
    /// Other crates log warnings and errors alone: below that, SDKs log requests as they go over the wire.
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        *metadata.level() <= self.level && (self.is_own(metadata) || *metadata.level() <= Level::WARN)
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
        let mut line = line(event.metadata(), self.module(event.metadata()), fields, OffsetDateTime::now_utc());
        line.push('\n');
        // The write fails when stderr is closed; there is nobody to report it to.
        let _ = self.writer.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes());
    }
}

/// One event as one line of JSON, without its line end.
fn line(metadata: &Metadata<'_>, module: &str, fields: Fields, now: OffsetDateTime) -> String {
    let Fields(mut fields) = fields;
    let message = match fields.remove("message") {
        Some(Value::String(message)) => message,
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let message = Value::from(message);
    // The length in the line, with quotes and escapes.
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
        // The keys with an @ belong to the host, which panics on one that is not a string.
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

    /// Writes an error with everything that caused it.
    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.insert_text(field, &causes(value));
    }
}

#[cfg(test)]
mod tests;
