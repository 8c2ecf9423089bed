//! What is logged of each call.

use super::*;

/// The fields of the events `aws call`.
#[derive(Clone, Default)]
struct Events(Arc<Mutex<Vec<String>>>);

struct Fields(String);

impl tracing::field::Visit for Fields {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        let value = if field.name() == "duration_ms" { "N".to_owned() } else { format!("{value:?}") };
        self.0.extend([field.name(), "=", &value, " "]);
    }
}

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Events {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        if event.metadata().target() == "ssmsession::aws::log" {
            assert_eq!(*event.metadata().level(), tracing::Level::DEBUG);
            let mut fields = Fields(String::new());
            event.record(&mut fields);
            locked(&self.0).push(fields.0);
        }
    }
}

#[tokio::test]
async fn every_attempt_is_logged_once_with_the_names_of_the_sdk() {
    use tracing_subscriber::layer::SubscriberExt as _;

    let events = Events::default();
    let subscriber = tracing_subscriber::registry().with(events.clone());
    let _guard = tracing::subscriber::set_default(subscriber);
    let aws = Scripted::new(|sent, before| match (sent.url.contains("//sts."), before) {
        (true, _) => user_answer(),
        (false, 1) => Answer::Silence,
        _ => Answer::Status(200, "{}".to_owned()),
    });
    let target = factory(&aws).await.target("us-east-1", None).await.unwrap();
    target.logs.describe_log_groups().log_group_name_prefix("SECRET").send().await.unwrap();
    let message = "message=aws call";
    assert_eq!(
        *locked(&events.0),
        [
            format!(
                "{message} service=\"STS\" operation=\"GetCallerIdentity\" request_id=\"request-1\" attempt=1 \
                 status=200 duration_ms=N "
            ),
            format!("{message} service=\"CloudWatch Logs\" operation=\"DescribeLogGroups\" attempt=1 duration_ms=N "),
            format!(
                "{message} service=\"CloudWatch Logs\" operation=\"DescribeLogGroups\" request_id=\"request-1\" \
                 attempt=2 status=200 duration_ms=N "
            ),
        ]
    );
}
