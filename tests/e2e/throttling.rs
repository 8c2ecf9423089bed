//! AWS limits the calls in a second of many setups at once: they are slower, and none fails.
//!
//! `make throttling` runs the same with 20 setups and compares the time with the ideal one, in which every call is sent
//! at the limit.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::cli::Outcome;
use crate::moto::Call;
use crate::workspace::{ORG, Workspace, provider};

on_each_cli! {
    setups_that_are_throttled_are_slower_and_none_fails,
}

/// How many calls the server accepts in a second: of KMS those that change something, of CloudWatch Logs all.
const PER_SECOND: u32 = 5;

/// Each region has one setup.
const REGIONS: [&str; 20] = [
    "af-south-1",
    "ap-east-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "ca-central-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "me-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// Six setups. With `SSMSESSION_THROTTLED`, all twenty, and their time is checked.
async fn setups_that_are_throttled_are_slower_and_none_fails(workspace: Workspace) {
    let measured = std::env::var_os("SSMSESSION_THROTTLED").is_some();
    let setups = if measured { REGIONS.len() } else { 6 };
    workspace.write(&configuration(&REGIONS[..setups]));
    let parallelism = format!("-parallelism={setups}");
    for (command, done) in [("apply", "added"), ("destroy", "destroyed")] {
        workspace.account.add_fault(&limit("kms", true));
        workspace.account.add_fault(&limit("logs", false));
        let start = Instant::now();
        let outcome = Outcome::of(&mut workspace.command(&[command, "-no-color", "-auto-approve", &parallelism]));
        let elapsed = start.elapsed();
        let refused = workspace.account.end_faults();
        assert!(refused > 0, "the limit of the server has no effect on so few calls\n{outcome}");
        let outcome = outcome.succeeded();
        assert!(outcome.words().contains(&format!("{setups} {done}")), "{outcome}");

        let calls = workspace.account.take_calls();
        let taken =
            |limited: fn(&Call) -> bool| calls.iter().filter(|call| limited(call) && call.status == 200).count();
        let kms = taken(|call| call.service == "kms" && call.write);
        let logs = taken(|call| call.service == "logs");
        let ideal = Duration::from_secs(kms.max(logs) as u64) / PER_SECOND;
        println!(
            "{command} of {setups} setups: {kms} writes of KMS, {logs} calls of CloudWatch Logs, {refused} refused; \
             {:.1} s, ideal {:.1} s",
            elapsed.as_secs_f64(),
            ideal.as_secs_f64(),
        );
        if measured {
            assert!(elapsed <= 2 * ideal, "{elapsed:?} is more than twice {ideal:?}");
        }
    }
}

fn limit(service: &str, writes: bool) -> serde_json::Value {
    json!({
        "service": service, "writes": writes, "per_second": PER_SECOND, "code": "ThrottlingException", "status": 400,
    })
}

fn configuration(regions: &[&str]) -> String {
    format!(
        r#"{provider}
resource "ssmsession_setup" "throttled" {{
  for_each = toset({regions})

  region = each.value
  {ORG}
  settings = {{
    cloudwatch = {{ enabled = true, skip_destroy = false }}
  }}
}}
"#,
        provider = provider(),
        regions = json!(regions),
    )
}
