//! Sessions that are running, as far as a warning before a destroy needs to know.
//! Follows `DescribeSessions` of the Systems Manager API reference.

use aws_sdk_ssm::Client;
use aws_sdk_ssm::config::retry::RetryConfig;
use aws_sdk_ssm::error::ProvideErrorMetadata as _;
use aws_sdk_ssm::types::SessionState;

/// How many sessions one look counts at the most.
const COUNTED: i32 = 200;

/// How many sessions are active, counting one page. Never retried; `None` where it could not be seen.
pub(crate) async fn active_sessions(client: &Client) -> Option<usize> {
    let once = aws_sdk_ssm::config::Builder::default().retry_config(RetryConfig::disabled());
    let described = client
        .describe_sessions()
        .state(SessionState::Active)
        .max_results(COUNTED)
        .customize()
        .config_override(once)
        .send()
        .await;
    match described {
        Ok(described) => Some(described.sessions().len()),
        Err(error) => {
            tracing::debug!(code = error.code(), "sessions could not be counted");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::active_sessions;
    use crate::reconcile::scripted::{Checked, call};

    #[tokio::test]
    async fn active_sessions_are_counted() {
        let sessions = json!({ "Sessions": [{ "SessionId": "a" }, { "SessionId": "b" }] });
        let aws = Checked::new([call("DescribeSessions").with("\"State\":\"Active\"").json(sessions)]);
        assert_eq!(active_sessions(&aws.ssm()).await, Some(2));
    }

    #[tokio::test]
    async fn a_look_that_fails_is_not_repeated_and_counts_nothing() {
        let aws = Checked::new([call("DescribeSessions").fails("ThrottlingException")]);
        assert_eq!(active_sessions(&aws.ssm()).await, None);
    }
}
