//! A directory with a configuration, and the commands that a user runs in it.
//!
//! The CLI finds the provider by a `dev_overrides` block, so that nothing is installed and `init` is
//! not needed. Its environment consists of the variables that are set here: no credentials, no settings of the
//! machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::aws::Aws;
use crate::cli::{Cli, Outcome};
use crate::moto::{self, Account};

pub(crate) const REGION: &str = "eu-west-1";
pub(crate) const ADDRESS: &str = "ssmsession_setup.this";

const PROVIDER_BINARY: &str = env!("CARGO_BIN_EXE_terraform-provider-ssmsession");
const PROVIDER: &str = "plugins/terraform-provider-ssmsession";
const SAVED_PLAN: &str = "saved.tfplan";

pub(crate) struct Workspace {
    pub(crate) account: Account,
    pub(crate) cli: Cli,
    directory: TempDir,
    environment: Vec<(String, String)>,
}

impl Workspace {
    pub(crate) fn new(cli: Cli) -> Self {
        Self::in_account(cli, Account::new())
    }

    /// Another directory with another state, in the account of this one.
    pub(crate) fn neighbour(&self) -> Self {
        Self::in_account(self.cli, self.account.clone())
    }

    fn in_account(cli: Cli, account: Account) -> Self {
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary directory");
        install_provider(directory.path(), cli);
        let home = directory.path().display().to_string();
        let environment = [
            ("HOME", home.clone()),
            ("PATH", std::env::var("PATH").expect("PATH")),
            ("TF_CLI_CONFIG_FILE", format!("{home}/cli.tfrc")),
            ("TF_IN_AUTOMATION", "1".to_owned()),
            ("TF_INPUT", "0".to_owned()),
            ("CHECKPOINT_DISABLE", "1".to_owned()),
            ("AWS_ENDPOINT_URL", moto::endpoint().to_owned()),
            ("AWS_ACCESS_KEY_ID", account.access_key()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec();
        Self { account, cli, directory, environment }
    }

    /// Sets another value of an environment variable of the CLI and the provider.
    pub(crate) fn set_env(&mut self, name: &str, value: &str) {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Replaces the configuration.
    pub(crate) fn write(&self, configuration: &str) {
        self.write_file("main.tf", configuration);
    }

    /// Writes one file of the configuration.
    pub(crate) fn write_file(&self, file: &str, text: &str) {
        std::fs::write(self.directory.path().join(file), text).expect("the configuration is written");
    }

    /// Writes the usual configuration: the provider, and one setup with these `settings`.
    pub(crate) fn configure(&self, settings: &str) {
        self.write(&setup(settings));
    }

    pub(crate) fn validate(&self) -> Outcome {
        self.run(&["validate", "-no-color"])
    }

    /// Plans and saves the plan. Returns whether it has changes.
    #[track_caller]
    pub(crate) fn plan(&self) -> bool {
        let outcome = self.try_plan();
        assert!(outcome.code == 0 || outcome.code == 2, "{outcome}");
        outcome.code == 2
    }

    /// As [`Self::plan`], where the plan may fail: 0 is an empty plan, 2 one with changes, 1 an error.
    pub(crate) fn try_plan(&self) -> Outcome {
        let saved = format!("-out={SAVED_PLAN}");
        self.run(&["plan", "-no-color", "-detailed-exitcode", &saved])
    }

    /// Plans the imports, and has the CLI write their configuration into a file.
    pub(crate) fn try_generate(&self, file: &str) -> Outcome {
        self.run(&["plan", "-no-color", &format!("-generate-config-out={file}")])
    }

    /// A file of the configuration.
    pub(crate) fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.directory.path().join(file)).expect("the file is read")
    }

    #[track_caller]
    pub(crate) fn assert_plan_is_empty(&self) {
        let outcome = self.try_plan();
        assert_eq!(outcome.code, 0, "the plan should be empty\n{outcome}");
    }

    /// The change of the setup in the saved plan: `actions`, `before`, `after`, `after_unknown`.
    #[track_caller]
    pub(crate) fn planned_change(&self) -> Value {
        let plan = self.json(&["show", "-json", SAVED_PLAN]);
        plan["resource_changes"]
            .as_array()
            .and_then(|changes| changes.iter().find(|change| change["address"] == ADDRESS))
            .map_or_else(|| panic!("{ADDRESS} is not in the plan:\n{plan:#}"), |change| change["change"].clone())
    }

    #[track_caller]
    pub(crate) fn apply_saved_plan(&self) -> Outcome {
        self.run(&["apply", "-no-color", SAVED_PLAN]).succeeded()
    }

    /// Plans and applies in one command.
    #[track_caller]
    pub(crate) fn apply(&self) -> Outcome {
        self.try_apply().succeeded()
    }

    /// As [`Self::apply`], with more options.
    #[track_caller]
    pub(crate) fn apply_with(&self, options: &[&str]) -> Outcome {
        self.try_apply_with(options).succeeded()
    }

    pub(crate) fn try_apply(&self) -> Outcome {
        self.try_apply_with(&[])
    }

    pub(crate) fn try_apply_with(&self, options: &[&str]) -> Outcome {
        self.run(&[&["apply", "-no-color", "-auto-approve"], options].concat())
    }

    /// Plans a destroy and saves the plan.
    #[track_caller]
    pub(crate) fn plan_destroy(&self) {
        let saved = format!("-out={SAVED_PLAN}");
        self.run(&["plan", "-no-color", "-destroy", &saved]).succeeded();
    }

    pub(crate) fn try_destroy_without_refresh(&self) -> Outcome {
        self.run(&["destroy", "-no-color", "-auto-approve", "-refresh=false"])
    }

    /// Replaces the setup.
    pub(crate) fn try_replace(&self) -> Outcome {
        self.run(&["apply", "-no-color", "-auto-approve", &format!("-replace={ADDRESS}")])
    }

    pub(crate) fn try_apply_saved_plan(&self) -> Outcome {
        self.run(&["apply", "-no-color", SAVED_PLAN])
    }

    #[track_caller]
    pub(crate) fn destroy(&self) -> Outcome {
        self.try_destroy().succeeded()
    }

    pub(crate) fn try_destroy(&self) -> Outcome {
        self.run(&["destroy", "-no-color", "-auto-approve"])
    }

    #[track_caller]
    pub(crate) fn refresh(&self) {
        self.run(&["apply", "-no-color", "-auto-approve", "-refresh-only"]).succeeded();
    }

    #[track_caller]
    pub(crate) fn import(&self, id: &str) {
        self.try_import(id).succeeded();
    }

    pub(crate) fn try_import(&self, id: &str) -> Outcome {
        self.run(&["import", "-no-color", ADDRESS, id])
    }

    #[track_caller]
    pub(crate) fn untaint(&self) {
        self.run(&["untaint", "-no-color", ADDRESS]).succeeded();
    }

    /// Removes the setup from the state and leaves it in AWS.
    #[track_caller]
    pub(crate) fn forget(&self) {
        self.run(&["state", "rm", ADDRESS]).succeeded();
    }

    /// Where the CLI keeps the state.
    pub(crate) fn state_file(&self) -> PathBuf {
        self.directory.path().join("terraform.tfstate")
    }

    /// Changes the attributes of the setup in the state file, as an editor does.
    pub(crate) fn edit_state(&self, edit: impl FnOnce(&mut Value)) {
        let mut state = self.stored_state();
        edit(&mut state["resources"][0]["instances"][0]["attributes"]);
        self.store_state(&state);
    }

    /// Whether anything is in the state.
    #[track_caller]
    pub(crate) fn state_is_empty(&self) -> bool {
        self.json(&["show", "-json"])["values"]["root_module"]["resources"].is_null()
    }

    /// The attributes of the setup in the state.
    #[track_caller]
    pub(crate) fn attributes(&self) -> Value {
        self.state()["values"].clone()
    }

    /// The attributes of the setup in a state that has other resources, too.
    #[track_caller]
    pub(crate) fn attributes_of_setup(&self) -> Value {
        let setup = self.resources().into_iter().find(|resource| resource["address"] == ADDRESS);
        setup.expect("the setup")["values"].clone()
    }

    /// What the console prints for one expression.
    pub(crate) fn console(&self, expression: &str) -> Outcome {
        let typed = self.directory.path().join("typed");
        std::fs::write(&typed, format!("{expression}\n")).expect("the expression is written");
        let typed = std::fs::File::open(typed).expect("the expression is read");
        Outcome::of(self.command(&["console", "-no-color"]).stdin(typed))
    }

    /// The setup in the state, with `tainted`, which is not among its attributes.
    #[track_caller]
    pub(crate) fn state(&self) -> Value {
        self.resources().into_iter().next().unwrap_or_default()
    }

    /// The state as the CLI keeps it.
    #[track_caller]
    pub(crate) fn stored_state(&self) -> Value {
        let text = std::fs::read_to_string(self.state_file()).expect("the state is read");
        serde_json::from_str(&text).expect("JSON")
    }

    pub(crate) fn store_state(&self, state: &Value) {
        std::fs::write(self.state_file(), state.to_string()).expect("the state is written");
    }

    /// All resources in the state.
    #[track_caller]
    pub(crate) fn resources(&self) -> Vec<Value> {
        let state = self.json(&["show", "-json"]);
        state["values"]["root_module"]["resources"].as_array().cloned().unwrap_or_default()
    }

    /// The outputs by name: `value` and whether it is `sensitive`.
    #[track_caller]
    pub(crate) fn outputs(&self) -> Value {
        self.json(&["output", "-json"])
    }

    /// The program that the CLI starts. Every workspace has its own, so its processes can be found.
    pub(crate) fn provider_binary(&self) -> PathBuf {
        self.directory.path().join(PROVIDER)
    }

    /// AWS in the account and region of this workspace.
    pub(crate) fn aws(&self) -> Aws {
        Aws::of(&self.account, REGION)
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        let outcome = self.run(arguments).succeeded();
        serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}\n{outcome}"))
    }

    /// A command that is not started yet.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.cli.executable());
        command.args(arguments).current_dir(self.directory.path()).env_clear().envs(self.environment.iter().cloned());
        command
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        Outcome::of(&mut self.command(arguments))
    }
}

/// The organization of every scenario, as HCL.
pub(crate) const ORG: &str = r#"org = {
    organization_name = "Acme"
    organization_unit = "platform"
    environment_type  = "live"
    environment_name  = "audit"
  }"#;

/// The running processes of a program, as directories of `/proc`.
pub(crate) fn processes_of(binary: &Path) -> impl Iterator<Item = PathBuf> {
    let processes = std::fs::read_dir("/proc").expect("/proc").filter_map(Result::ok).map(|entry| entry.path());
    processes.filter(move |process| std::fs::read_link(process.join("exe")).is_ok_and(|exe| exe == binary))
}

/// The provider, in the usual region.
pub(crate) fn provider() -> String {
    format!(
        r#"
terraform {{
  required_providers {{
    ssmsession = {{
      source = "cloudopsworks/ssmsession"
    }}
  }}
}}

provider "ssmsession" {{
  region = "{REGION}"
}}
"#
    )
}

/// A configuration of one setup. `settings` is the inside of the object.
pub(crate) fn setup(settings: &str) -> String {
    let provider = provider();
    format!(
        r#"{provider}
resource "ssmsession_setup" "this" {{
  {ORG}
  settings = {{
    {settings}
  }}
}}
"#
    )
}

/// Puts the provider's binary and the CLI's configuration into the directory.
///
/// The CLI takes the first file whose name begins with the provider's, so that the binary needs a
/// directory without Cargo's own files of the same name.
fn install_provider(directory: &Path, cli: Cli) {
    let plugins = directory.join("plugins");
    std::fs::create_dir(&plugins).expect("a directory for the provider");
    std::fs::hard_link(PROVIDER_BINARY, directory.join(PROVIDER)).expect("a link to the provider");
    let configuration = format!(
        r#"
provider_installation {{
  dev_overrides {{
    "{}/cloudopsworks/ssmsession" = "{}"
  }}
  direct {{}}
}}
"#,
        cli.registry(),
        plugins.display()
    );
    std::fs::write(directory.join("cli.tfrc"), configuration).expect("the CLI's configuration");
}
