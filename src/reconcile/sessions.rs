//! Active sessions, as far as a warning before a destroy needs to know. Follows `DescribeSessions` of the Systems Manager API reference.

use aws_sdk_ssm::Client;
use aws_sdk_ssm::config::retry::RetryConfig;
use aws_sdk_ssm::error::ProvideErrorMetadata as _;
use aws_sdk_ssm::types::SessionState;

/// How many sessions are counted at most.
const COUNTED: i32 = 200;

/// The number of active sessions, up to one page. The call is never retried; `None`: it failed.
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
            tracing::debug!(code = error.code(), "the active sessions were not counted");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::active_sessions;
    use crate::reconcile::tests::scripted::{Checked, call};

    #[tokio::test]
    async fn active_sessions_are_counted() {
        let sessions = json!({ "Sessions": [{ "SessionId": "a" }, { "SessionId": "b" }] });
        let aws = Checked::new([call("DescribeSessions").with("\"State\":\"Active\"").json(sessions)]);
        assert_eq!(active_sessions(&aws.ssm()).await, Some(2));
    }

    #[tokio::test]
    async fn a_call_that_fails_is_not_retried_and_counts_nothing() {
        let aws = Checked::new([call("DescribeSessions").fails("ThrottlingException")]);
        assert_eq!(active_sessions(&aws.ssm()).await, None);
    }
}
