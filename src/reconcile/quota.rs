//! A quota that is reached, which the SDK takes for throttling.
//!
//! See the AWS SDK reference, "Retry behavior".

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction, RetryClassifierPriority};
use serde_json::Value;

/// Tells the SDK that a quota that is reached is not throttling: a retry does not help.
#[derive(Debug)]
pub(super) struct QuotaIsFinal;

impl ClassifyRetry for QuotaIsFinal {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let quota = context
            .response()
            .and_then(|response| response.body().bytes())
            .and_then(|body| serde_json::from_slice::<Value>(body).ok())
            .and_then(|body| body.get("__type")?.as_str().map(str::to_owned))
            .is_some_and(|code| code.ends_with("LimitExceededException"));
        if quota { RetryAction::RetryForbidden } else { RetryAction::NoActionIndicated }
    }

    fn name(&self) -> &'static str {
        "quota is final"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}
