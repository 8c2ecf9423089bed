//! Credentials that expire while the provider works.

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::*;

/// The response to the `number`th call of `AssumeRole`, with keys of this lifetime.
fn keys(number: usize, lifetime: Duration) -> Answer {
    let expiration = (OffsetDateTime::now_utc() + lifetime).format(&Rfc3339).unwrap();
    role_answer_until(&format!("ASIA{number}"), &expiration)
}

#[tokio::test]
async fn a_role_whose_credentials_expire_is_assumed_again() {
    let calls = Mutex::new(0);
    let aws = Scripted::new(move |sent, _| match sent.action() {
        "AssumeRole" => {
            let mut calls = locked(&calls);
            *calls += 1;
            // The first keys expire before they are used a second time.
            keys(*calls, if *calls == 1 { Duration::seconds(2) } else { Duration::hours(1) })
        }
        "GetCallerIdentity" => caller_answer("arn:aws:sts::123456789012:assumed-role/setup/x"),
        _ => Answer::Status(200, "{}".to_owned()),
    });
    let factory = factory(&aws).await;
    let target = factory.target("us-east-1", Some(&role())).await.unwrap();
    for _ in 0..3 {
        target.logs.describe_log_groups().send().await.unwrap();
    }
    let signed_with: Vec<_> = aws
        .sent()
        .iter()
        .filter(|sent| sent.url.contains("//logs."))
        .map(|sent| sent.authorization.contains("ASIA2/"))
        .collect();
    assert_eq!(signed_with, [true; 3]);
    assert_eq!(aws.actions().iter().filter(|action| *action == "AssumeRole").count(), 2);
}
