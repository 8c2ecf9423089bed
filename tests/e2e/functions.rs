//! The provider's functions as a user calls them: in a configuration, and in the console.

use crate::workspace::{REGION, Workspace, setup};

on_each_cli! {
    a_misspelt_setting_is_named_with_the_right_one,
    checked_settings_plan_as_unchecked_ones,
    names_are_known_in_the_console,
}

/// The usual setup, whose settings pass through the function.
fn checked(settings: &str) -> String {
    let plain = setup(settings);
    let (head, tail) = plain.split_once("settings = {").unwrap();
    let (inside, rest) = tail.split_once("\n  }\n").unwrap();
    format!("{head}settings = provider::ssmsession::settings({{{inside}\n  }})\n{rest}")
}

async fn a_misspelt_setting_is_named_with_the_right_one(workspace: Workspace) {
    let misspelt = "session = { timeuot = 5, max_duration = 1441 }";
    workspace.configure(misspelt);
    workspace.validate().failed();

    workspace.write(&checked(misspelt));
    let words = workspace.validate().failed().words();
    assert!(words.contains("settings.session.timeuot is not known. Did you mean timeout?"), "{words}");
    assert!(words.contains("settings.session.max_duration is 1441."), "{words}");

    // The reason for the function: without it the same mistake passes.
    workspace.configure("session = { timeuot = 5 }");
    workspace.validate().succeeded();
    workspace.write(&checked("session = { timeuot = 5 }"));
    workspace.validate().failed();
}

async fn checked_settings_plan_as_unchecked_ones(workspace: Workspace) {
    let settings = r#"
    allowed_iam_role_arns = ["arn:aws:iam::123456789012:role/node"]
    session               = { timeout = "15", node_tags = { team = "ops" }, run_as = null }
    cloudwatch            = { enabled = true }
    "#;
    workspace.configure(settings);
    assert!(workspace.plan());
    let unchecked = workspace.planned_change();
    workspace.write(&checked(settings));
    assert!(workspace.plan());
    assert_eq!(workspace.planned_change(), unchecked);

    // A value that is known after the apply passes through as unknown.
    let unknown = "session = { run_as = terraform_data.user.output }";
    workspace.write(&format!("{}\nresource \"terraform_data\" \"user\" {{ input = \"ops\" }}\n", checked(unknown)));
    assert!(workspace.plan());
    assert_eq!(workspace.planned_change()["after_unknown"]["settings"]["session"]["run_as"], true);
    workspace.apply_saved_plan();
    workspace.assert_plan_is_empty();
}

async fn names_are_known_in_the_console(workspace: Workspace) {
    // OpenTofu's console stops the provider before it evaluates the expression. The calls are therefore in locals.
    let calls = format!(
        r#"
locals {{
  org = {{
    organization_name = "Acme"
    organization_unit = "platform"
    environment_type  = "live"
    environment_name  = "audit"
  }}
  named   = provider::ssmsession::system_name(local.org, "042", "{REGION}")
  default = provider::ssmsession::system_name(local.org, null, "{REGION}")
  code    = provider::ssmsession::region_code("us-gov-west-1")
  enabled = provider::ssmsession::settings({{ kms = {{ enabled = false }} }}).kms.enabled
}}
"#
    );
    workspace.write(&format!("{}{calls}", setup("")));
    let answer = |expression: &str| workspace.console(expression).succeeded().stdout.trim().to_owned();
    assert_eq!(answer("local.named"), r#""platform-audit-live-042-euwe1""#);
    // OpenTofu sends a null argument as an empty message.
    assert_eq!(answer("local.default"), r#""platform-audit-live-001-euwe1""#);
    assert_eq!(answer("local.code"), r#""usgowest""#);
    assert_eq!(answer("local.enabled"), "false");
    assert_eq!(workspace.account.take_calls().len(), 0, "functions ask nobody");
}
