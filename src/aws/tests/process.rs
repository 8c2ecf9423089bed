//! The environment of the process, which belongs to all of it: a test starts itself again with one of its own.

use super::*;

/// Set for the child process that a test starts of itself.
const CHILD: &str = "SSMSESSION_TEST_CHILD";

fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

/// Runs a test of this file again, with these variables and no others.
fn run_again(test: &str, environment: &[(&str, &str)]) {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("aws::tests::process::{test}")])
        .env_clear()
        .env(CHILD, "1")
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "AKIA")
        .env("AWS_SECRET_ACCESS_KEY", "s")
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

/// An address of this machine where nobody listens.
fn nobody() -> String {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    format!("http://127.0.0.1:{port}")
}

#[tokio::test]
async fn the_environment_of_the_process_is_read() {
    if is_child() {
        let factory = Factory::new(Config::default()).await.unwrap();
        let error = factory.target(factory.region().unwrap(), None).await.unwrap_err();
        let ConnectError::Unreachable { endpoint, .. } = &error else { panic!("{error:?}") };
        assert_eq!(*endpoint, std::env::var("AWS_ENDPOINT_URL_STS").unwrap());
        return;
    }
    run_again(
        "the_environment_of_the_process_is_read",
        &[
            ("AWS_RETRY_MODE", "legacy"),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AWS_ENDPOINT_URL_STS", &nobody()),
        ],
    );
}

#[tokio::test]
async fn an_empty_endpoint_is_none_and_a_dead_proxy_is_named() {
    if is_child() {
        let factory = Factory::new(Config::default()).await.unwrap();
        let error = factory.target(factory.region().unwrap(), None).await.unwrap_err();
        let ConnectError::ProxyUnreachable { proxy, endpoint, .. } = &error else { panic!("{error:?}") };
        assert_eq!(*proxy, std::env::var("HTTPS_PROXY").unwrap());
        assert_eq!(*endpoint, "https://sts.eu-west-1.amazonaws.com");
        return;
    }
    let proxy = nobody();
    for empty in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"] {
        run_again("an_empty_endpoint_is_none_and_a_dead_proxy_is_named", &[("HTTPS_PROXY", &proxy), (empty, "")]);
    }
}
