//! Every change of settings that moves or retires a part, and its reverse.
//!
//! Each change is planned and applied, and the calls that AWS received are checked: after no write does the document
//! name a part that is missing, unencrypted or inaccessible, and nothing that holds or encrypts logs is deleted. Then
//! the plan is empty. The rows are printed and kept as a table: `transitions/table.rs`.

use serde_json::{Value, json};

use crate::aws::{Aws, Parts};
use crate::moto::Calls;
use crate::workspace::{Workspace, setup};

mod bucket;
mod key;
mod log_group;
mod others;
mod released;
mod remaining;
mod table;

/// A change of the configuration, with the expected warnings of the plan and the expected state.
struct Change<'a> {
    /// The row, as it is printed.
    row: &'a str,
    /// The new configuration.
    to: String,
    /// The warnings of the plan, by a few words of each.
    warns: &'a [&'a str],
    /// The kinds of the retired parts afterwards.
    retired: &'a [&'a str],
    /// Whether this is the one change that deletes a log group.
    deletes_log_group: bool,
}

impl<'a> Change<'a> {
    /// A change to a setup with these settings.
    fn to(row: &'a str, settings: &str) -> Self {
        Self::to_configuration(row, setup(settings))
    }

    fn to_configuration(row: &'a str, to: String) -> Self {
        Self { row, to, warns: &[], retired: &[], deletes_log_group: false }
    }

    fn warns(self, warns: &'a [&'a str]) -> Self {
        Self { warns, ..self }
    }

    fn retires(self, retired: &'a [&'a str]) -> Self {
        Self { retired, ..self }
    }

    fn deletes_log_group(self) -> Self {
        Self { deletes_log_group: true, ..self }
    }

    /// Plans and applies the change. Returns the calls of the apply.
    #[track_caller]
    fn apply(self, workspace: &Workspace) -> Calls {
        let row = self.row;
        workspace.write(&self.to);
        workspace.account.take_calls();
        let planned = workspace.try_plan();
        assert_eq!(planned.code, 2, "{row}: the plan has changes\n{planned}");
        let said = planned.words();
        for words in self.warns {
            assert!(said.contains(words), "{row}: the plan warns of {words:?}\n{planned}");
        }
        assert_eq!(workspace.planned_change()["actions"], json!(["update"]), "{row}");
        let of_the_plan = workspace.account.take_calls();
        of_the_plan.assert_no_writes_in(&format!("{row}: a plan changes nothing"));
        let applied = workspace.try_apply_saved_plan();
        assert_eq!(applied.code, 0, "{row}\n{applied}");
        let calls = workspace.account.take_calls();
        calls.assert_document_never_broke();
        for operation in ["ScheduleKeyDeletion", "DeleteBucket"] {
            assert!(!calls.has(operation), "{row}: {operation}");
        }
        assert_eq!(calls.has("DeleteLogGroup"), self.deletes_log_group, "{row}: DeleteLogGroup");
        let again = workspace.try_plan();
        assert_eq!(again.code, 0, "{row}: the plan should be empty\n{applied}\n{again}");
        let (mut is, mut want) = (retired(workspace), self.retired.to_vec());
        is.sort();
        want.sort_unstable();
        assert_eq!(is, want, "{row}: retired");
        let is = if is.is_empty() { "none".to_owned() } else { is.join(", ") };
        table::add(workspace, row, &calls.writes(), &format!("sessions never broke; plan empty; retired: {is}"));
        calls
    }
}

/// The kinds of the parts that the state lists as retired.
#[track_caller]
fn retired(workspace: &Workspace) -> Vec<String> {
    let retired = workspace.attributes()["retired"].clone();
    let retired = retired.as_array().unwrap_or_else(|| panic!("{retired}"));
    retired.iter().map(|part| part["part"].as_str().expect("a kind").to_owned()).collect()
}

/// Asserts that the plan fails with an error that contains all of these words, and that nothing is written.
#[track_caller]
fn refused(workspace: &Workspace, row: &str, settings: &str, said: &[&str]) {
    workspace.configure(settings);
    workspace.account.take_calls();
    let words = workspace.try_plan().failed().words();
    for said in said {
        assert!(words.contains(said), "{row}: {said:?}: {words}");
    }
    workspace.account.take_calls().assert_no_writes_in(row);
    table::add(workspace, row, &[], &format!("refused by the plan: {}", said.join(", ")));
}

/// Makes the first setup of a row.
#[track_caller]
fn start(workspace: &Workspace, settings: &str) {
    workspace.configure(settings);
    workspace.apply();
}

/// Destroys, and asserts that no bucket or key of the setup is left, including retired ones.
async fn destroy_takes_everything(workspace: &Workspace, existing_keys: &[String]) {
    workspace.destroy();
    assert!(workspace.state_is_empty());
    let existing: Vec<_> = existing_keys.iter().map(String::as_str).collect();
    assert_eq!(workspace.aws().parts_beside(&existing).await, Parts::default());
}

/// An input of the current document.
async fn input(aws: &Aws, name: &str) -> Value {
    aws.document().await["inputs"][name].clone()
}

async fn bucket_key(aws: &Aws, bucket: &str) -> Option<String> {
    let encryption = aws.s3.get_bucket_encryption().bucket(bucket).send().await.unwrap();
    let rule = &encryption.server_side_encryption_configuration().unwrap().rules()[0];
    rule.apply_server_side_encryption_by_default().unwrap().kms_master_key_id().map(str::to_owned)
}
