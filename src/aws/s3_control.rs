//! Where the S3 Control API is.
//!
//! AWS has one host for each account, so the SDK puts the account in front of the host of any URL. Servers other than
//! AWS have no such hosts; they read the account from the header that every call has. See the Amazon S3 User Guide,
//! "AWS PrivateLink for Amazon S3", for the host names of interface endpoints.

use aws_sdk_s3control::config::endpoint::{DefaultResolver, Endpoint, EndpointFuture, Params, ResolveEndpoint};

use super::config::Endpoints;

/// The parts of the host name of an interface endpoint of S3 that differ.
const BUCKETS: &str = "://bucket.vpce-";
const CONTROL: &str = "://control.vpce-";

/// The URL of S3 Control beside a URL of S3.
pub(super) fn control_url(endpoints: &Endpoints) -> Option<String> {
    endpoints.s3.as_ref().map(|url| url.replacen(BUCKETS, CONTROL, 1))
}

/// The SDK's own rules, except for URLs of servers other than AWS.
#[derive(Debug, Default)]
pub(super) struct ControlEndpoint(DefaultResolver);

impl ResolveEndpoint for ControlEndpoint {
    fn resolve_endpoint<'a>(&'a self, params: &'a Params) -> EndpointFuture<'a> {
        match params.endpoint().filter(|url| !url.contains(CONTROL)) {
            Some(url) => EndpointFuture::ready(Ok(Endpoint::builder().url(url.to_owned()).build())),
            None => self.0.resolve_endpoint(params),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(s3: &str) -> Option<String> {
        control_url(&Endpoints { s3: Some(s3.to_owned()), ..Endpoints::default() })
    }

    #[test]
    fn an_interface_endpoint_has_a_host_of_its_own_for_control() {
        let host = |name: &str| format!("https://{name}.vpce-1a2b-5678.s3.us-east-1.vpce.amazonaws.com");
        assert_eq!(control(&host("bucket")), Some(host("control")));
        assert_eq!(control("http://127.0.0.1:5000").as_deref(), Some("http://127.0.0.1:5000"));
        assert_eq!(control_url(&Endpoints::default()), None);
    }

    #[tokio::test]
    async fn only_aws_has_a_host_for_each_account() {
        let resolve = async |url: Option<&str>| {
            let params = Params::builder()
                .region("us-east-1".to_owned())
                .account_id("111122223333".to_owned())
                .requires_account_id(true)
                .set_endpoint(url.map(str::to_owned))
                .build()
                .unwrap();
            ControlEndpoint::default().resolve_endpoint(&params).await.unwrap().url().to_owned()
        };
        assert_eq!(resolve(Some("http://127.0.0.1:5000")).await, "http://127.0.0.1:5000");
        assert_eq!(resolve(None).await, "https://111122223333.s3-control.us-east-1.amazonaws.com");
        let interface = resolve(Some("https://control.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com")).await;
        assert_eq!(interface, "https://111122223333.control.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com");
    }
}
