//! What plans and destroys say: hosts print only the first of several warnings with one summary, and all has to be read.

use serde_json::json;

use crate::workspace::{REGION, Workspace, provider, setup};

on_each_cli! {
    warnings_of_two_places_and_of_several_parts_are_all_printed,
}

on_one_cli! {
    first_plan_says_what_sessions_will_need,
}

const NEEDS: &str = "Warning: Sessions will need new permissions";

/// Two setups that keep their parts when they are destroyed.
fn two_places() -> String {
    let one = setup("cloudwatch = { enabled = true }\nbucket = { skip_destroy = true }");
    let resource = one.strip_prefix(provider().as_str()).expect("the provider comes first").to_owned();
    let other = resource.replace("\"this\"", "\"other\"");
    one + &other.replace("  settings = {", "  region = \"eu-central-1\"\n  settings = {")
}

async fn warnings_of_two_places_and_of_several_parts_are_all_printed(workspace: Workspace) {
    workspace.write(&two_places());
    let words = workspace.try_plan().words();
    for region in [REGION, "eu-central-1"] {
        let warning = format!("{NEEDS} ({}/{region})", workspace.account.id);
        assert_eq!(words.matches(&warning).count(), 1, "{words}");
    }
    workspace.apply();
    let words = workspace.destroy().words();
    for region in [REGION, "eu-central-1"] {
        let warning = format!("Warning: Destroy keeps parts ({}/{region})", workspace.account.id);
        let (_, kept) = words.split_once(&warning).unwrap_or_else(|| panic!("{warning}: {words}"));
        let kept = kept.split("Warning:").next().unwrap_or_default();
        for part in ["the log group ", "the bucket ", "the key "] {
            assert!(kept.contains(part), "{part}: {kept}");
        }
    }
    assert!(!words.contains("similar warning"), "{words}");
}

async fn first_plan_says_what_sessions_will_need(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("session = { run_as = \"ops\" }");
    let words = workspace.try_plan().words();
    for part in ["the bucket ssm-session-auditlogs-", "the key alias/ssm-session-mgmt-key-", "the user ops must exist"]
    {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert!(!words.contains("the log group"), "{words}");
    workspace.apply();
    let words = workspace.try_plan().words();
    assert!(!words.contains(NEEDS), "nothing is new: {words}");

    // A document of another tool that names the same bucket and turns Run As on, but has no key.
    let bucket = aws.parts().await.bucket.unwrap();
    workspace.forget();
    let mut document = aws.document().await;
    document["inputs"] = json!({"s3BucketName": bucket, "s3KeyPrefix": "session-manager/", "runAsEnabled": true});
    let update = aws.ssm.update_document().name(crate::aws::DOCUMENT).document_version("$LATEST");
    update.content(document.to_string()).send().await.unwrap();
    workspace.configure("session = { run_as = \"ops\" }\ndocument = { on_existing = \"adopt\" }");
    let words = workspace.try_plan().words();
    let (_, said) = words.split_once(NEEDS).unwrap_or_else(|| panic!("{words}"));
    let said = said.split("Attach").next().unwrap_or_default();
    assert!(said.contains("the key alias/") && !said.contains("the bucket") && !said.contains("ops"), "{said}");
}
