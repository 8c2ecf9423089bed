//! The examples of the guide "Moving from the Terraform module" work as they are.
//!
//! The `removed` blocks meet a state without the module: its resources are of the provider hashicorp/aws, which tests
//! cannot install. The CLIs themselves promise to remove resources from a state without any call.

use std::path::Path;

use serde_json::{Value, json};

use super::module::{Release, run_module};
use crate::aws::Aws;
use crate::import::changed_paths;
use crate::moto::Account;
use crate::workspace::{REGION, Workspace};

on_each_cli! {
    import_guide_moves_one_setup,
    import_guide_moves_a_unit,
    import_guide_moves_many_accounts_into_one_state,
}

const OTHER_REGION: &str = "us-east-1";

fn example(file: &str) -> String {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let read = |path: &str| std::fs::read_to_string(examples.join(path)).expect(path);
    read("provider/provider.tf") + &read(&format!("guides/moving-from-the-module/{file}"))
}

/// The configuration without its blocks of this kind, which end at the first brace in the first column.
fn without_blocks(configuration: &str, kind: &str) -> String {
    let mut kept = Vec::new();
    let mut inside = false;
    for line in configuration.lines() {
        inside |= line == format!("{kind} {{");
        if !inside {
            kept.push(line);
        }
        inside &= line != "}";
    }
    kept.join("\n")
}

async fn import_guide_moves_one_setup(workspace: Workspace) {
    let settings = json!({"cloudwatch": {"enabled": true, "retention": 14}, "session": {"timeout": 15}});
    let made = run_module(&workspace.account, REGION, Release::Latest, &settings);
    let example = example("move.tf");
    workspace.write(&example);
    let planned = workspace.try_plan();
    assert!(planned.words().contains("1 to import, 0 to add, 1 to change, 0 to destroy"), "{planned}");
    let change = workspace.planned_change();
    assert_eq!(change["actions"], json!(["update"]));
    assert!(!changed_paths(&change).iter().any(|path| path.starts_with("settings.cloudwatch")), "{planned}");
    workspace.apply_saved_plan();
    workspace.assert_plan_is_empty();
    workspace.write(&without_blocks(&without_blocks(&example, "removed"), "import"));
    workspace.assert_plan_is_empty();
    assert_eq!(workspace.attributes()["bucket"]["name"], made.bucket.as_str());
}

async fn import_guide_moves_a_unit(workspace: Workspace) {
    let settings = json!({"kms": {"deletion_window": 7}, "audit": {"retention_years": 7}});
    let made = run_module(&workspace.account, REGION, Release::First, &settings);
    workspace.write(&example("unit.tf"));
    let inputs = |import_id: &str| {
        json!({
            "org": {
                "organization_name": "Acme", "organization_unit": "platform",
                "environment_type": "live", "environment_name": "audit",
            },
            "settings": settings,
            "import_id": import_id,
        })
    };
    workspace.write_file("terraform.tfvars.json", &inputs(REGION).to_string());
    assert!(workspace.plan());
    assert_eq!(workspace.planned_change()["actions"], json!(["update"]));
    workspace.apply_saved_plan();
    workspace.write_file("terraform.tfvars.json", &inputs("").to_string());
    workspace.assert_plan_is_empty();
    let attributes = workspace.attributes();
    assert_eq!(attributes["bucket"]["name"], made.bucket.as_str());
    assert_eq!(attributes["settings"]["kms"]["deletion_window"], 7);
}

async fn import_guide_moves_many_accounts_into_one_state(workspace: Workspace) {
    let accounts = [Account::new(), Account::new()];
    let mut example = example("many-accounts.tf");
    for (account, shown) in accounts.iter().zip(["111122223333", "444455556666"]) {
        example = example.replace(shown, &account.id);
    }
    let mut made = Vec::new();
    for account in &accounts {
        for region in [REGION, OTHER_REGION] {
            made.push((account, region, run_module(account, region, Release::Latest, &json!({}))));
        }
    }
    workspace.write(&example);

    let refused = format!("arn:aws:iam::{}:role/session-manager", accounts[1].id);
    workspace.account.refuse_role(&refused);
    let words = workspace.try_plan().failed().words();
    assert!(words.contains(&refused), "the role names itself: {words}");
    workspace.account.refuse_nothing();

    let planned = workspace.try_plan();
    assert!(planned.words().contains("4 to import, 0 to add, 4 to change, 0 to destroy"), "{planned}");
    workspace.apply_saved_plan();
    workspace.assert_plan_is_empty();
    let buckets: Vec<Value> = workspace.resources().iter().map(|one| one["values"]["bucket"]["name"].clone()).collect();
    for (account, region, made) in made {
        assert!(buckets.contains(&json!(made.bucket)), "{buckets:?}");
        let inputs = &Aws::of(account, region).document().await["inputs"];
        assert_eq!(inputs["kmsKeyId"], format!("arn:aws:kms:{region}:{}:key/{}", account.id, made.key_id));
    }
}
