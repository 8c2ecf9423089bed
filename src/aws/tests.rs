//! The factory over scripted HTTP: how often AWS is called, with which credentials, and what an error says. Only the
//! connection to a dead endpoint is real.

mod chain;
pub(super) mod environment;
mod log;
mod process;
mod renewal;
mod scripted;
mod throttled;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use aws_smithy_runtime_api::shared::IntoShared;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use futures_util::future::join_all;

use crate::causes::causes;

use super::*;

use environment::Fixed;
use scripted::{
    Answer, Scripted, Sent, caller_answer, error_answer, role_answer, role_answer_until, user_answer,
    web_identity_answer,
};

fn config() -> Config {
    Config {
        region: Some("us-east-1".to_owned()),
        access_key: Some("AKIABASE".to_owned()),
        secret_key: Some("secret".to_owned()),
        version: "1.2.3".to_owned(),
        ..Config::default()
    }
}

fn role() -> Role {
    Role {
        role_arn: "arn:aws:iam::123456789012:role/setup".to_owned(),
        external_id: Some("extern".to_owned()),
        session_name: None,
    }
}

async fn factory(aws: &Scripted) -> Factory {
    factory_of(config(), aws, &[]).await
}

async fn factory_of(config: Config, aws: &Scripted, env: &[(&str, &str)]) -> Factory {
    Factory::in_environment(config, &Fixed::new(env), Some(aws.clone().into_shared())).await.unwrap()
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[tokio::test]
async fn concurrent_targets_of_all_regions_share_one_call() {
    let aws = Scripted::new(|_, _| user_answer());
    let factory = factory(&aws).await;
    let regions = ["us-east-1", "eu-west-1", "us-east-1", "sa-east-1"];
    let targets = join_all(regions.map(|region| factory.target(region, None))).await;
    for (target, region) in targets.iter().zip(regions) {
        let target = target.as_ref().unwrap();
        assert_eq!(target.region, region);
        assert_eq!(target.caller.account_id, "123456789012");
        assert_eq!(target.caller.partition, "aws");
    }
    assert!(Arc::ptr_eq(targets[0].as_ref().unwrap(), targets[2].as_ref().unwrap()));
    factory.target("ca-central-1", None).await.unwrap();
    assert_eq!(aws.actions(), ["GetCallerIdentity"]);
}

#[tokio::test]
async fn a_role_is_assumed_once_for_all_regions_and_signs_with_its_own_keys() {
    let aws = Scripted::new(|sent, _| match sent.action() {
        "AssumeRole" => role_answer(),
        _ => caller_answer("arn:aws:sts::123456789012:assumed-role/setup/x"),
    });
    let factory = factory(&aws).await;
    let role = role();
    for target in join_all(["us-east-1", "eu-west-1"].map(|region| factory.target(region, Some(&role)))).await {
        assert_eq!(target.unwrap().caller.account_id, "123456789012");
    }
    assert_eq!(aws.actions(), ["AssumeRole", "GetCallerIdentity"]);
    let [assume, identity] = &aws.sent()[..] else { panic!("two requests") };
    assert!(assume.body.contains("ExternalId=extern"), "{}", assume.body);
    assert!(assume.body.contains("RoleSessionName=terraform-provider-ssmsession"), "{}", assume.body);
    assert!(assume.authorization.contains("AKIABASE"), "{}", assume.authorization);
    assert!(identity.authorization.contains("ASIAROLE"), "{}", identity.authorization);
}

#[tokio::test]
async fn credentials_of_a_role_are_renewed_before_they_expire() {
    for (lifetime_seconds, assumed) in [(50, 3), (3600, 1)] {
        let aws = Scripted::new(move |sent, _| match sent.action() {
            "AssumeRole" => {
                let expiration = DateTime::from(SystemTime::now() + Duration::from_secs(lifetime_seconds));
                role_answer_until("ASIAROLE", &expiration.fmt(Format::DateTime).unwrap())
            }
            _ => caller_answer("arn:aws:sts::123456789012:assumed-role/setup/x"),
        });
        let target = factory(&aws).await.target("us-east-1", Some(&role())).await.unwrap();
        for _ in 0..2 {
            let _unreadable = target.kms.list_keys().send().await;
        }
        let of_role = aws.actions().iter().filter(|action| *action == "AssumeRole").count();
        assert_eq!(of_role, assumed, "{lifetime_seconds} seconds: {:?}", aws.actions());
    }
}

#[tokio::test]
async fn a_role_and_the_providers_own_credentials_are_two_callers() {
    let aws = Scripted::new(|sent, _| match sent.action() {
        "AssumeRole" => role_answer(),
        _ => user_answer(),
    });
    let factory = factory(&aws).await;
    factory.target("us-east-1", None).await.unwrap();
    factory.target("us-east-1", Some(&role())).await.unwrap();
    assert_eq!(aws.actions(), ["GetCallerIdentity", "AssumeRole", "GetCallerIdentity"]);
}

#[tokio::test]
async fn a_failure_is_shared_by_all_that_wait_and_not_kept() {
    let aws = Scripted::new(|_, before| match before {
        0 => error_answer(403, "InvalidClientTokenId", "The security token included in the request is invalid."),
        _ => user_answer(),
    });
    let factory = factory(&aws).await;
    let failed = join_all([(); 4].map(|()| factory.target("us-east-1", None))).await;
    for target in failed {
        let error = target.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the AWS credentials from access_key and secret_key of the provider block cannot be used: The security \
             token included in the request is invalid (InvalidClientTokenId)"
        );
    }
    assert_eq!(aws.sent().len(), 1);
    factory.target("us-east-1", None).await.unwrap();
}

#[tokio::test]
async fn a_refused_signature_does_not_show_what_was_signed() {
    let aws = Scripted::new(|_, _| {
        error_answer(403, "SignatureDoesNotMatch", "It does not match.\nx-amz-security-token:TOPSECRET")
    });
    let error = factory(&aws).await.target("us-east-1", None).await.unwrap_err();
    assert!(matches!(error, ConnectError::Credentials { .. }), "{error:?}");
    assert!(!format!("{error:?} {error} {}", error.advice()).contains("TOPSECRET"), "{error:?}");
}

#[tokio::test]
async fn a_denied_role_is_named() {
    let aws = Scripted::new(|_, _| error_answer(403, "AccessDenied", "User ci is not authorized"));
    let error = factory(&aws).await.target("us-east-1", Some(&role())).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "STS AssumeRole on arn:aws:iam::123456789012:role/setup was denied (AccessDenied): User ci is not authorized"
    );
    assert!(error.advice().contains("trust policy of arn:aws:iam::123456789012:role/setup"), "{}", error.advice());
    assert_eq!(aws.actions(), ["AssumeRole"]);
}

#[tokio::test]
async fn any_other_answer_carries_code_and_request_id() {
    let aws = Scripted::new(|_, _| error_answer(400, "RegionDisabledException", "STS is off here"));
    let error = factory(&aws).await.target("us-east-1", None).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "STS GetCallerIdentity on the caller failed (RegionDisabledException, request id request-1): STS is off here"
    );
}

#[tokio::test]
async fn without_credentials_every_source_is_named_and_nothing_is_called() {
    let aws = Scripted::new(|_, _| user_answer());
    let config = Config { region: Some("us-east-1".to_owned()), ..Config::default() };
    let env = [("AWS_EC2_METADATA_DISABLED", "true"), ("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_PROFILE", "prod")];
    let factory = factory_of(config, &aws, &env).await;
    let error = factory.target("us-east-1", None).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "no AWS credentials were found. Tried: the environment variables AWS_ACCESS_KEY_ID and \
         AWS_SECRET_ACCESS_KEY (the second is not set); the web identity of AWS_WEB_IDENTITY_TOKEN_FILE and \
         AWS_ROLE_ARN (not both set); the profile \"prod\" (named by AWS_PROFILE, not in the shared AWS \
         configuration files); the container's credentials endpoint (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and \
         _FULL_URI are not set); the EC2 instance metadata service (switched off by AWS_EC2_METADATA_DISABLED)"
    );
    assert_eq!(aws.sent().len(), 0);
}

#[tokio::test]
async fn the_instance_names_the_region_only_where_the_credentials_come_from_it() {
    let imds = |sent: &Sent, _| {
        let body = match sent.url.trim_start_matches("http://169.254.169.254") {
            "/latest/api/token" => "token",
            "/latest/meta-data/iam/security-credentials/" => "role",
            "/latest/meta-data/placement/region" => "eu-west-3",
            _ => {
                r#"{"Code":"Success","LastUpdated":"2026-01-01T00:00:00Z","Type":"AWS-HMAC","AccessKeyId":"ASIA",
                    "SecretAccessKey":"s","Token":"t","Expiration":"2999-01-01T00:00:00Z"}"#
            }
        };
        Answer::Status(200, body.to_owned())
    };
    let aws = Scripted::new(imds);
    let factory = factory_of(Config::default(), &aws, &[]).await;
    assert_eq!(factory.region(), Some("eu-west-3"));

    let aws = Scripted::new(imds);
    let config = Config { region: None, ..config() };
    let factory = factory_of(config, &aws, &[]).await;
    assert_eq!(factory.region(), None);
    assert_eq!(aws.sent().len(), 0);
    assert_eq!(factory.target("", None).await.unwrap_err(), ConnectError::NoRegion);
}

#[tokio::test]
async fn a_region_of_another_partition_is_refused() {
    let aws = Scripted::new(|_, _| user_answer());
    let error = factory(&aws).await.target("cn-north-1", None).await.unwrap_err();
    assert_eq!(error.to_string(), "region: cn-north-1 is in the partition aws-cn, the account 123456789012 in aws");
}

#[tokio::test]
async fn explicit_endpoints_are_called_and_s3_takes_the_path_style() {
    let aws = Scripted::new(|sent, _| match sent.url.as_str() {
        "http://sts.test/" => user_answer(),
        _ => Answer::Status(200, String::new()),
    });
    let endpoint = |service: &str| Some(format!("http://{service}.test"));
    let endpoints = Endpoints {
        kms: endpoint("kms"),
        logs: endpoint("logs"),
        organizations: endpoint("organizations"),
        s3: endpoint("s3"),
        ssm: endpoint("ssm"),
        sts: endpoint("sts"),
    };
    let config = Config { endpoints, s3_use_path_style: true, ..config() };
    let factory = factory_of(config, &aws, &[]).await;
    let target = factory.target("us-east-1", None).await.unwrap();
    // Whether the empty answers can be read does not matter here.
    let _answers = (
        target.kms.list_aliases().send().await,
        target.logs.describe_log_groups().send().await,
        target.organizations.describe_organization().send().await,
        target.s3.head_bucket().bucket("logs").send().await,
        target.ssm.describe_document().name("x").send().await,
    );
    let urls: Vec<String> = aws.sent().into_iter().map(|sent| sent.url).collect();
    assert_eq!(
        urls,
        [
            "http://sts.test/",
            "http://kms.test/",
            "http://logs.test/",
            "http://organizations.test/",
            "http://s3.test/logs/",
            "http://ssm.test/"
        ]
    );
}

#[tokio::test]
async fn organizations_is_called_and_signed_in_its_own_region_of_the_partition() {
    for (arn, region, organizations_region, host) in [
        ("arn:aws:iam::123456789012:user/ci", "eu-west-1", "us-east-1", "organizations.us-east-1.amazonaws.com"),
        (
            "arn:aws-cn:iam::123456789012:user/ci",
            "cn-north-1",
            "cn-northwest-1",
            "organizations.cn-northwest-1.amazonaws.com.cn",
        ),
        (
            "arn:aws-us-gov:iam::123456789012:user/ci",
            "us-gov-east-1",
            "us-gov-west-1",
            "organizations.us-gov-west-1.amazonaws.com",
        ),
    ] {
        for endpoint in [None, Some("http://organizations.test".to_owned())] {
            let aws = Scripted::new(move |sent, _| match sent.action() {
                "GetCallerIdentity" => caller_answer(arn),
                _ => Answer::Status(200, String::new()),
            });
            let endpoints = Endpoints { organizations: endpoint.clone(), ..Endpoints::default() };
            let config = Config { region: Some(region.to_owned()), endpoints, ..config() };
            let factory = factory_of(config, &aws, &[]).await;
            let target = factory.target(region, None).await.unwrap();
            // Whether the empty answer can be read does not matter here.
            let _answer = target.organizations.describe_organization().send().await;
            let sent = aws.sent().pop().unwrap();
            let expected = endpoint.unwrap_or_else(|| format!("https://{host}"));
            assert_eq!(sent.url, format!("{expected}/"));
            let scope = format!("/{organizations_region}/organizations/aws4_request");
            assert!(sent.authorization.contains(&scope), "{}", sent.authorization);
        }
    }
}

#[tokio::test]
async fn a_dead_endpoint_is_named_after_a_few_attempts() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let endpoint = format!("http://127.0.0.1:{port}");
    let endpoints = Endpoints { sts: Some(endpoint.clone()), ..Endpoints::default() };
    let factory = Factory::in_environment(Config { endpoints, ..config() }, &Fixed::default(), None).await.unwrap();
    for role in [None, Some(role())] {
        let error = factory.target("us-east-1", role.as_ref()).await.unwrap_err();
        let ConnectError::Unreachable { endpoint: named, cause } = &error else { panic!("{error:?}") };
        assert_eq!(*named, endpoint);
        assert!(cause.contains("refused"), "{cause}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_throttled_identification_of_the_caller_is_retried_as_any_call() {
    let aws = Scripted::new(|_, before| match before {
        0..20 => error_answer(400, "Throttling", "Rate exceeded"),
        _ => user_answer(),
    });
    factory(&aws).await.target("us-east-1", None).await.unwrap();
}

#[tokio::test]
async fn a_silent_service_gets_three_attempts_and_a_failing_one_all() {
    let aws = Scripted::new(|sent, _| match sent.url.as_str() {
        url if url.contains("//sts.") => user_answer(),
        url if url.contains("//kms.") => Answer::Silence,
        _ => Answer::Status(500, String::new()),
    });
    let config = Config { max_retries: Some(4), ..config() };
    let factory = factory_of(config, &aws, &[]).await;
    let target = factory.target("us-east-1", None).await.unwrap();
    let called = |service: &str| aws.sent().iter().filter(|sent| sent.url.contains(service)).count();
    let (kms, ssm) = tokio::join!(target.kms.list_aliases().send(), target.ssm.describe_document().name("x").send());
    let error = kms.unwrap_err();
    assert!(ssm.is_err());
    assert_eq!((called("//kms."), called("//ssm.")), (3, 4));
    let named = causes(&error).find_map(|cause| cause.downcast_ref::<ConnectError>());
    let Some(ConnectError::Unreachable { endpoint, .. }) = named else { panic!("{error:?}") };
    assert_eq!(endpoint, "https://kms.us-east-1.amazonaws.com");
}

#[tokio::test]
async fn an_instance_metadata_service_that_refuses_is_one_of_the_sources_tried() {
    let aws = Scripted::new(|_, _| Answer::Status(403, String::new()));
    let config = Config { region: Some("us-east-1".to_owned()), ..Config::default() };
    let factory = factory_of(config, &aws, &[]).await;
    let error = factory.target("us-east-1", None).await.unwrap_err();
    let ConnectError::NoCredentials { tried } = &error else { panic!("{error:?}") };
    assert!(tried.last().unwrap().starts_with("the EC2 instance metadata service ("), "{tried:?}");
    assert_eq!(aws.sent().len(), 1);
}
