//! What keeps the provider from looking at AWS: no credentials, expired ones, an endpoint that is silent, a refused role.
//!
//! A plan that saw nothing is never empty. Only a refused role is a warning; everything else is an error, told whole once
//! and in one line by every other setup, under a heading that says what is wrong.

use serde_json::{Value, json};

use crate::aws::Aws;
use crate::cli::Outcome;
use crate::delegation::Organization;
use crate::moto::Account;
use crate::workspace::{ORG, REGION, Workspace, provider, setup};

on_each_cli! {
    a_fleet_that_cannot_be_seen_is_never_green,
    a_refused_role_leaves_a_plan_that_is_not_empty,
    a_provider_that_is_not_known_yet_leaves_a_plan_that_is_not_empty,
}

on_one_cli! {
    an_sso_session_that_is_over_is_named_with_its_login,
    without_credentials_an_import_and_a_data_source_say_what_is_wrong,
    a_delegation_behind_a_refused_role_leaves_a_plan_that_is_not_empty,
}

const TOLD_ONCE: &str = "Another error of this name";
const NOT_OBSERVED: &str = "not observed: ";

/// The base account, and two others behind roles.
struct Fleet {
    workspace: Workspace,
    roles: Vec<String>,
}

impl Fleet {
    fn new(workspace: Workspace) -> Self {
        let roles = [Account::new(), Account::new()]
            .map(|account| format!("arn:aws:iam::{}:role/session-manager", account.id))
            .to_vec();
        let fleet = Self { workspace, roles };
        fleet.configure("");
        fleet
    }

    fn configure(&self, settings: &str) {
        let roles: Vec<Value> = std::iter::once(Value::Null).chain(self.roles.iter().map(|role| json!(role))).collect();
        self.workspace.write(&format!(
            r#"{provider}
locals {{
  roles = {roles}
}}

resource "ssmsession_setup" "fleet" {{
  count       = length(local.roles)
  assume_role = local.roles[count.index] == null ? null : {{ role_arn = local.roles[count.index] }}

  {ORG}
  settings = {{
    kms = {{ enabled = false }}
    {settings}
  }}
}}
"#,
            provider = provider(),
            roles = json!(roles),
        ));
    }

    /// Asserts one error for each setup under this heading, of which one says what to do and the others are short.
    #[track_caller]
    fn assert_told_once(&self, outcome: &Outcome, heading: &str, advice: &str) {
        let words = outcome.words();
        assert_eq!(outcome.code, 1, "{outcome}");
        let setups = 1 + self.roles.len();
        assert_eq!(words.matches("Error:").count(), setups, "{outcome}");
        assert_eq!(words.matches(&format!("Error: {heading}")).count(), setups, "{heading}\n{outcome}");
        assert_eq!(words.matches(advice).count(), 1, "{advice}\n{outcome}");
        assert_eq!(words.matches(TOLD_ONCE).count(), setups - 1, "{outcome}");
        assert!(!words.contains("session-manager cannot be used"), "no role is to blame\n{outcome}");
    }
}

async fn a_fleet_that_cannot_be_seen_is_never_green(workspace: Workspace) {
    let mut fleet = Fleet::new(workspace);
    fleet.workspace.apply();
    let access_key = fleet.workspace.account.access_key();

    for (variable, blind, seeing, heading, advice) in [
        ("AWS_ACCESS_KEY_ID", "", access_key.as_str(), "AWS credentials are missing", "Tried: "),
        (
            "AWS_ENDPOINT_URL",
            "http://127.0.0.1:1",
            crate::moto::endpoint(),
            "http://127.0.0.1:1 cannot be reached",
            "can be reached from this machine",
        ),
        ("HTTP_PROXY", "http://127.0.0.1:1", "", "The proxy http://127.0.0.1:1 cannot be reached", "NO_PROXY"),
    ] {
        fleet.workspace.set_env(variable, blind);
        fleet.assert_told_once(&fleet.workspace.try_plan(), heading, advice);
        fleet.workspace.set_env(variable, seeing);
    }

    for (code, heading) in
        [("ExpiredToken", "AWS credentials have expired"), ("InvalidClientTokenId", "AWS credentials were refused")]
    {
        fleet.workspace.account.add_fault(&json!({ "code": code, "status": 403, "times": 1000 }));
        fleet.assert_told_once(&fleet.workspace.try_plan(), heading, "aws sts get-caller-identity");
        fleet.assert_told_once(&fleet.workspace.try_apply(), heading, "aws sts get-caller-identity");
        fleet.assert_told_once(&fleet.workspace.try_destroy_without_refresh(), heading, "aws sts get-caller-identity");
        fleet.workspace.account.end_faults();
    }
    fleet.workspace.assert_plan_is_empty();
}

async fn a_refused_role_leaves_a_plan_that_is_not_empty(workspace: Workspace) {
    let fleet = Fleet::new(workspace);
    fleet.workspace.apply();
    let refused = &fleet.roles[0];
    fleet.workspace.account.refuse_role(refused);

    let planned = fleet.workspace.try_plan();
    assert_eq!(planned.code, 2, "{planned}");
    assert!(planned.words().contains("0 to add, 1 to change, 0 to destroy"), "{planned}");
    assert!(planned.words().contains(&format!("{NOT_OBSERVED}{refused} was refused")), "{planned}");

    // Plans of a destroy succeed; the destroy itself does not.
    fleet.workspace.plan_destroy();
    let applied = fleet.workspace.try_apply().failed();
    assert_eq!(applied.words().matches("Error:").count(), 1, "{applied}");
    assert!(applied.words().contains(&format!("Error: {refused} cannot be used")), "{applied}");
    let again = fleet.workspace.try_plan();
    assert_eq!(again.code, 2, "{again}");
    // The plan shows the line once, as it is in the state.
    assert_eq!(again.words().matches(NOT_OBSERVED).count(), 1, "{again}");

    fleet.workspace.account.refuse_nothing();
    fleet.workspace.assert_plan_is_empty();
    fleet.workspace.destroy();
}

async fn a_provider_that_is_not_known_yet_leaves_a_plan_that_is_not_empty(workspace: Workspace) {
    let configure = |attempts: u32| {
        let region = format!("region = \"{REGION}\"");
        let provider = format!("{region}\n  max_retries = tonumber(terraform_data.attempts.output)");
        let configuration =
            setup("").replacen(&region, &provider, 1).replacen("  org = {", &format!("  {region}\n  org = {{"), 1);
        workspace.write(&format!(
            "{configuration}\nresource \"terraform_data\" \"attempts\" {{\n  input = \"{attempts}\"\n}}\n"
        ));
    };
    configure(3);
    workspace.apply();
    workspace.assert_plan_is_empty();
    configure(4);
    let planned = workspace.try_plan();
    assert!(planned.words().contains("0 to add, 2 to change, 0 to destroy"), "{planned}");
    assert!(planned.words().contains("not observed: the provider's configuration was not known"), "{planned}");
    workspace.account.take_calls();
    workspace.apply_saved_plan();
    workspace.account.take_calls().assert_no_writes();
    workspace.assert_plan_is_empty();
}

async fn a_delegation_behind_a_refused_role_leaves_a_plan_that_is_not_empty(workspace: Workspace) {
    let management = Account::new();
    let role = format!("arn:aws:iam::{}:role/session-manager", management.id);
    let Organization { member, .. } = Organization::at(Aws::of(&management, REGION)).await;
    workspace.write(
        &setup(&format!("organization = {{ delegated = true, account_id = \"{member}\" }}"))
            .replace("  settings = {", &format!("  assume_role = {{ role_arn = \"{role}\" }}\n  settings = {{")),
    );
    workspace.apply();
    workspace.account.refuse_role(&role);
    let planned = workspace.try_plan();
    assert_eq!(planned.code, 2, "{planned}");
    assert!(planned.words().contains(&format!("{NOT_OBSERVED}{role} was refused")), "{planned}");
    workspace.account.refuse_nothing();
    workspace.assert_plan_is_empty();
    workspace.destroy();
}

async fn an_sso_session_that_is_over_is_named_with_its_login(mut workspace: Workspace) {
    workspace.write_file(
        "aws.config",
        r"
[profile login]
sso_session = company
sso_account_id = 123456789012
sso_role_name = audit

[profile audit]
role_arn = arn:aws:iam::123456789012:role/audit
source_profile = login

[sso-session company]
sso_region = eu-west-1
sso_start_url = https://company.awsapps.com/start
sso_registration_scopes = sso:account:access
",
    );
    let config = workspace.state_file().with_file_name("aws.config");
    workspace.set_env("AWS_CONFIG_FILE", &config.display().to_string());
    workspace.set_env("AWS_ACCESS_KEY_ID", "");
    workspace.set_env("AWS_SECRET_ACCESS_KEY", "");
    workspace.configure("");
    for profile in ["login", "audit"] {
        workspace.set_env("AWS_PROFILE", profile);
        let words = workspace.try_plan().failed().words();
        assert!(words.contains("Error: The SSO session is missing or has expired"), "{words}");
        assert!(words.contains("`aws sso login --profile login`"), "{words}");
    }
}

async fn without_credentials_an_import_and_a_data_source_say_what_is_wrong(mut workspace: Workspace) {
    workspace.set_env("AWS_ACCESS_KEY_ID", "");
    workspace.configure("");
    let imported = workspace.try_import(REGION).failed();
    assert!(imported.words().contains("Error: AWS credentials are missing"), "{imported}");
    workspace.write(&format!("{}\ndata \"ssmsession_preferences\" \"this\" {{}}\n", provider()));
    let read = workspace.try_plan().failed();
    assert!(read.words().contains("Error: AWS credentials are missing"), "{read}");
}
