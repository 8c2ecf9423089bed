//! Log lines as hosts parse them.

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

fn layer(captured: Captured, level: LevelFilter) -> HclogLayer<Captured> {
    HclogLayer::new(captured, level, "notes".to_owned(), &["notes_provider"])
}

fn lines(level: LevelFilter, log: impl FnOnce()) -> Vec<Map<String, Value>> {
    let captured = Captured::default();
    let subscriber = Registry::default().with(layer(captured.clone(), level));
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
    assert_eq!(line["@module"], "notes");
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
        outer.record("tf_resource_type", "notes_note");
        let _outer = outer.entered();
        let _inner = tracing::info_span!("call", operation = "outer").entered();
        tracing::debug!(operation = "inner", "called");
    });
    assert_eq!(lines[0]["tf_rpc"], "ReadResource");
    assert_eq!(lines[0]["tf_resource_type"], "notes_note");
    assert_eq!(lines[0]["operation"], "inner", "an event's own field wins");
}

#[test]
fn a_message_is_a_string_even_if_it_was_recorded_as_a_number() {
    let lines = lines(LevelFilter::TRACE, || tracing::info!(message = 7));
    assert_eq!(lines[0]["@message"], "7");
}

#[test]
fn other_crates_log_warnings_and_errors_alone() {
    let lines = lines(LevelFilter::TRACE, || {
        tracing::info!(target: "some_sdk::client", "request with secrets");
        tracing::info!(target: "notes_provider_other", "not the provider's either");
        tracing::info!(target: "notes_provider::api", "a call");
        tracing::warn!(target: "some_sdk::client", "trouble");
    });
    let modules: Vec<_> = lines.iter().map(|line| &line["@module"]).collect();
    assert_eq!(modules, ["notes", "some_sdk"]);
}

#[test]
fn the_level_is_the_variables_and_every_level_without_it() {
    assert_eq!(level_variable("my-notes"), "TF_LOG_PROVIDER_MY_NOTES");
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
    let subscriber = Registry::default().with(layer(captured.clone(), LevelFilter::TRACE));
    tracing::subscriber::with_default(subscriber, || {
        tracing::info!(a = long, b = long, c = long, d = long, e = long, f = long, tf_rpc = "short", "{long}");
    });
    let bytes = captured.0.lock().unwrap().clone();
    assert!(bytes.len() < 64 * 1024, "{} bytes", bytes.len());
    assert!(bytes.ends_with(b"\n") && !bytes[..bytes.len() - 1].contains(&b'\n'));
    let line: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(line["tf_rpc"], "short", "a short field is kept beside a long one");
}
