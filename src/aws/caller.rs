//! The caller as AWS identifies it.
//!
//! Follows <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>.

use aws_sdk_sts::operation::get_caller_identity::{GetCallerIdentityError, GetCallerIdentityOutput};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;

use crate::arn::Arn;

use super::error::{ConnectError, from_sdk};

const GET_CALLER_IDENTITY: &str = "GetCallerIdentity";
const TARGET: &str = "the caller";

/// The caller as AWS identifies it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The account, 12 digits.
    pub(crate) account_id: String,
    /// Id of the account's partition, such as `aws-cn`.
    pub(crate) partition: String,
}

impl Caller {
    /// The caller in a response. `origin` names the source of the credentials that signed the request.
    ///
    /// # Errors
    /// A failed call, or a response without the account or a valid ARN.
    pub(super) fn of(
        response: Result<GetCallerIdentityOutput, SdkError<GetCallerIdentityError, HttpResponse>>,
        origin: &str,
    ) -> Result<Self, ConnectError> {
        let identity = response.map_err(|error| from_sdk(GET_CALLER_IDENTITY, TARGET, origin, &error))?;
        let caller = || {
            let partition = Arn::parse(identity.arn()?)?.partition.to_owned();
            Some(Self { account_id: identity.account()?.to_owned(), partition })
        };
        caller().ok_or_else(|| ConnectError::Service {
            operation: GET_CALLER_IDENTITY,
            target: TARGET.to_owned(),
            code: "unreadable response".to_owned(),
            message: "the account or the ARN is missing".to_owned(),
        })
    }
}
