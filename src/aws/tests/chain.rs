//! Sources of credentials that call STS themselves, and what is to blame when one fails.

use std::io::Write as _;

use super::*;
use crate::aws::error::CredentialsFault;

const ROLE_OF_PROFILE: &str = "\
[profile ci]
role_arn = arn:aws:iam::123456789012:role/ci
source_profile = keys
[profile keys]
aws_access_key_id = AKIAKEYS
aws_secret_access_key = s
";

fn of_profile() -> Config {
    Config {
        region: Some("us-east-1".to_owned()),
        profile: Some("ci".to_owned()),
        endpoints: Endpoints { sts: Some("http://sts.test".to_owned()), ..Endpoints::default() },
        version: "1.2.3".to_owned(),
        ..Config::default()
    }
}

async fn factory_with(config: Config, file: &str, env: &[(&str, &str)], aws: &Scripted) -> Factory {
    let environment = Fixed::new(env).with_config(file);
    Factory::in_environment(config, &environment, Some(aws.clone().into_shared())).await.unwrap()
}

fn roles_and_callers(sent: &Sent) -> Answer {
    match sent.action() {
        "AssumeRole" => role_answer(),
        "AssumeRoleWithWebIdentity" => web_identity_answer(),
        _ => user_answer(),
    }
}

#[tokio::test]
async fn the_role_of_a_profile_is_assumed_at_the_endpoint_of_the_block() {
    let aws = Scripted::new(|sent, _| roles_and_callers(sent));
    let factory = factory_with(of_profile(), ROLE_OF_PROFILE, &[], &aws).await;
    factory.target("us-east-1", Some(&role())).await.unwrap();
    assert_eq!(aws.actions(), ["AssumeRole", "AssumeRole", "GetCallerIdentity"]);
    let sent = aws.sent();
    assert!(sent.iter().all(|sent| sent.url == "http://sts.test/"), "{sent:#?}");
    let signed_with: Vec<bool> = sent.iter().map(|sent| sent.authorization.contains("AKIAKEYS/")).collect();
    assert_eq!(signed_with, [true, false, false]);
}

#[tokio::test]
async fn a_web_identity_is_taken_to_the_endpoint_of_the_block() {
    let mut token = tempfile::NamedTempFile::new().unwrap();
    writeln!(token, "TOKEN").unwrap();
    let path = token.path().display().to_string();
    let of_profile_file = format!("[profile ci]\nrole_arn = arn:aws:iam::1:role/x\nweb_identity_token_file = {path}\n");
    let env = [("AWS_WEB_IDENTITY_TOKEN_FILE", path.as_str()), ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/web")];
    let by_environment = Config { profile: None, ..of_profile() };
    for (config, file, env) in [(by_environment, "", &env[..]), (of_profile(), of_profile_file.as_str(), &[])] {
        let aws = Scripted::new(|sent, _| roles_and_callers(sent));
        let factory = factory_with(config, file, env, &aws).await;
        factory.target("us-east-1", None).await.unwrap();
        assert_eq!(aws.actions(), ["AssumeRoleWithWebIdentity", "GetCallerIdentity"]);
        let [assume, identity] = &aws.sent()[..] else { panic!("two requests") };
        assert!(assume.body.contains("WebIdentityToken=TOKEN&") || assume.body.ends_with("WebIdentityToken=TOKEN"));
        assert_eq!(assume.authorization, "", "the call is not signed");
        assert!(identity.authorization.contains("ASIAROLE/"), "{}", identity.authorization);
        assert!(aws.sent().iter().all(|sent| sent.url == "http://sts.test/"));
    }
}

/// A role of the profile is a source of credentials. Only a role that a resource names is one that may be refused.
#[tokio::test]
async fn a_denied_role_of_the_profile_is_no_refused_role() {
    let aws = Scripted::new(|_, _| error_answer(403, "AccessDenied", "not authorized"));
    let factory = factory_with(of_profile(), ROLE_OF_PROFILE, &[], &aws).await;
    let error = factory.target("us-east-1", Some(&role())).await.unwrap_err();
    assert_eq!(error.refused_role(), None);
    assert_eq!(error.heading(), "AWS credentials were refused");
    assert!(error.to_string().starts_with("the AWS credentials from the profile \"ci\""), "{error}");
}

#[tokio::test]
async fn only_a_denied_role_of_a_resource_is_a_refused_role() {
    for (code, heading) in [
        ("ExpiredToken", "AWS credentials have expired"),
        ("InvalidClientTokenId", "AWS credentials were refused"),
        ("RegionDisabledException", "STS AssumeRole failed"),
    ] {
        let aws = Scripted::new(move |_, _| error_answer(403, code, "no"));
        let error = factory(&aws).await.target("us-east-1", Some(&role())).await.unwrap_err();
        assert_eq!((error.refused_role(), error.heading().as_str()), (None, heading), "{error}");
        assert!(!error.heading().contains("role/setup"), "{error}");
    }
    let aws = Scripted::new(|_, _| error_answer(403, "AccessDenied", "no"));
    let error = factory(&aws).await.target("us-east-1", Some(&role())).await.unwrap_err();
    assert_eq!(error.refused_role(), Some("arn:aws:iam::123456789012:role/setup"));
    // The role is granted, and the identification of the caller is not.
    let aws = Scripted::new(|sent, _| match sent.action() {
        "AssumeRole" => role_answer(),
        _ => error_answer(403, "AccessDenied", "no"),
    });
    let error = factory(&aws).await.target("us-east-1", Some(&role())).await.unwrap_err();
    assert_eq!((error.refused_role(), error.heading().as_str()), (None, "STS GetCallerIdentity was denied"));
}

#[tokio::test]
async fn expired_keys_of_a_source_profile_are_expired_credentials() {
    let aws = Scripted::new(|_, _| error_answer(403, "ExpiredToken", "The security token is expired"));
    let factory = factory_with(of_profile(), ROLE_OF_PROFILE, &[], &aws).await;
    let error = factory.target("us-east-1", None).await.unwrap_err();
    let expired = matches!(&error, ConnectError::Credentials { fault: CredentialsFault::Expired, .. });
    assert!(expired && error.to_string().contains("the profile \"ci\""), "{error:?}");
}

#[tokio::test]
async fn a_page_instead_of_an_answer_of_sts_blames_no_role_and_no_credentials() {
    let aws = Scripted::new(|_, _| Answer::Status(200, "<html>log in</html>".to_owned()));
    let error = factory(&aws).await.target("us-east-1", Some(&role())).await.unwrap_err();
    assert!(matches!(&error, ConnectError::Unreadable { .. }), "{error:?}");
    assert!(error.to_string().contains("where XML of AWS was expected"), "{error}");
    assert_eq!(error.heading(), "The answer of STS cannot be read");
}

#[tokio::test]
async fn a_silent_endpoint_of_a_region_that_is_unknown_blames_the_region() {
    let aws = Scripted::new(|_, _| Answer::Silence);
    let config = Config { region: Some("eu-west-9".to_owned()), max_retries: Some(1), ..config() };
    let factory = factory_of(config, &aws, &[]).await;
    let error = factory.target("eu-west-9", Some(&role())).await.unwrap_err();
    assert_eq!(error.heading(), "The region eu-west-9 does not exist");
    assert!(error.to_string().starts_with("https://sts.eu-west-9.amazonaws.com cannot be reached"), "{error}");
}
