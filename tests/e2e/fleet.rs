//! One resource block for many accounts and regions: `for_each`, a role for each account, one provider process.
//!
//! `make fleet` runs the same with 100 accounts and prints what it cost.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::aws::Aws;
use crate::cli::Outcome;
use crate::moto::Account;
use crate::workspace::{ORG, Workspace, processes_of, provider};

on_each_cli! {
    many_accounts_are_set_up_and_a_refused_role_stops_only_itself,
}

const REGIONS: [&str; 3] = ["eu-west-1", "eu-central-1", "us-east-1"];
const ROLE: &str = "session-manager";

/// How much memory a provider process with 300 setups may use.
const MEMORY_LIMIT_KIB: u64 = 256 * 1024;

/// Ten accounts and one refused role. `SSMSESSION_FLEET` is a number of hundreds of accounts, with five refused roles each.
async fn many_accounts_are_set_up_and_a_refused_role_stops_only_itself(workspace: Workspace) {
    let hundreds = std::env::var("SSMSESSION_FLEET").ok().and_then(|number| number.parse::<usize>().ok());
    let (accounts, refused) = hundreds.map_or((10, 1), |hundreds| (100 * hundreds, 5 * hundreds));
    Fleet::new(workspace, accounts).walk(refused).await;
}

struct Fleet {
    workspace: Workspace,
    accounts: Vec<Account>,
}

impl Fleet {
    fn new(workspace: Workspace, accounts: usize) -> Self {
        Self { workspace, accounts: (0..accounts).map(|_| Account::new()).collect() }
    }

    fn size(&self) -> usize {
        self.accounts.len() * REGIONS.len()
    }

    /// Creates, plans without changes, updates while some roles are refused, completes the update, destroys.
    async fn walk(&self, refused: usize) {
        let size = self.size();
        self.configure(20);
        let created = self.measured("create", Workspace::try_apply).succeeded();
        assert!(created.words().contains(&format!("{size} added, 0 changed, 0 destroyed")), "{created}");
        let unchanged = self.measured("plan", Workspace::try_plan);
        assert_eq!(unchanged.code, 0, "{unchanged}");
        assert_eq!(self.timeouts().await, self.expected(20, 0, 20));

        let base = &self.workspace.account;
        for account in self.accounts.iter().take(refused) {
            base.refuse_role(&role_arn(account));
        }
        self.configure(15);
        let planned = self.measured("plan with refused roles", Workspace::try_plan);
        assert_eq!(planned.code, 2, "a refused role fails no plan\n{planned}");
        assert!(planned.words().contains(&format!("0 to add, {size} to change, 0 to destroy")), "{planned}");
        for account in &self.accounts[..refused] {
            let role_arn = role_arn(account);
            for warning in [format!("behind {role_arn} was not read"), format!("Warning: {role_arn} cannot be used")] {
                assert!(planned.words().contains(&warning), "{warning}\n{planned}");
            }
        }

        let applied = self.measured("apply with refused roles", Workspace::try_apply).failed();
        let words = applied.words();
        assert_eq!(words.matches("Error:").count(), refused * REGIONS.len(), "{applied}");
        for account in &self.accounts[..refused] {
            let error = format!("Error: {} cannot be used", role_arn(account));
            assert!(words.contains(&error), "{error}\n{applied}");
        }
        assert_eq!(self.timeouts().await, self.expected(15, refused, 20));
        assert_eq!(self.timeouts_in_state(), self.expected(15, refused, 20), "the state knows what was reached");

        base.refuse_nothing();
        let applied = self.measured("apply once the roles are granted", Workspace::try_apply).succeeded();
        let rest = refused * REGIONS.len();
        assert!(applied.words().contains(&format!("0 added, {rest} changed, 0 destroyed")), "{applied}");
        assert_eq!(self.timeouts().await, self.expected(15, 0, 15));

        self.measured("destroy", Workspace::try_destroy).succeeded();
        assert_eq!(self.timeouts().await, BTreeMap::new());
    }

    fn configure(&self, timeout: u32) {
        let ids: Vec<_> = self.accounts.iter().map(|account| account.id.as_str()).collect();
        self.workspace.write(&format!(
            r#"{provider}
locals {{
  places = {{
    for place in setproduct({ids}, {regions}) : join("/", place) => {{ account = place[0], region = place[1] }}
  }}
}}

resource "ssmsession_setup" "fleet" {{
  for_each = local.places

  region      = each.value.region
  assume_role = {{ role_arn = "arn:aws:iam::${{each.value.account}}:role/{ROLE}" }}

  {ORG}
  settings = {{
    session = {{ timeout = {timeout} }}
  }}
}}
"#,
            provider = provider(),
            ids = json!(ids),
            regions = json!(REGIONS),
        ));
    }

    /// The idle timeouts in the documents, by account and region.
    async fn timeouts(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for (account, region) in self.places() {
            let aws = Aws::of(account, region);
            if aws.has_document().await {
                let timeout = aws.document().await["inputs"]["idleSessionTimeout"].as_str().unwrap().to_owned();
                found.insert(format!("{}/{region}", account.id), timeout);
            }
        }
        found
    }

    fn timeouts_in_state(&self) -> BTreeMap<String, String> {
        let resources = self.workspace.resources();
        let setups = resources.iter().map(|resource| &resource["values"]);
        setups
            .map(|values: &Value| {
                (values["id"].as_str().unwrap().to_owned(), values["settings"]["session"]["timeout"].to_string())
            })
            .collect()
    }

    /// One timeout everywhere but in the first `others` accounts.
    fn expected(&self, timeout: u32, others: usize, other: u32) -> BTreeMap<String, String> {
        let without = &self.accounts[..others];
        self.places()
            .map(|(account, region)| {
                let is_other = without.iter().any(|one| one.id == account.id);
                (format!("{}/{region}", account.id), if is_other { other } else { timeout }.to_string())
            })
            .collect()
    }

    fn places(&self) -> impl Iterator<Item = (&Account, &'static str)> {
        self.accounts.iter().flat_map(|account| REGIONS.map(|region| (account, region)))
    }

    /// Runs a command and prints what it cost.
    fn measured(&self, what: &str, command: fn(&Workspace) -> Outcome) -> Outcome {
        let watch = Watch::begin(self.workspace.provider_binary());
        let start = Instant::now();
        let outcome = command(&self.workspace);
        let elapsed = start.elapsed();
        let Memory { peak_kib, side_by_side } = watch.end();
        let calls: usize = self.accounts.iter().map(|account| account.take_calls().len()).sum();
        let base = self.workspace.account.take_calls().counted();
        println!(
            "{what}: {} setups, {calls} calls by roles, {base:?} by the caller, {:.1} s, {} MiB at the most",
            self.size(),
            elapsed.as_secs_f64(),
            peak_kib / 1024,
        );
        // A command has up to three processes, for its validation, its plan and its apply.
        let assumed = base.get("sts:AssumeRole").copied().unwrap_or_default();
        assert!(assumed <= 3 * self.accounts.len(), "a process takes on a role once, not {assumed} times in all");
        assert_eq!(side_by_side, 1, "one provider process at a time");
        assert!(peak_kib < MEMORY_LIMIT_KIB, "{peak_kib} KiB");
        outcome
    }
}

fn role_arn(account: &Account) -> String {
    format!("arn:aws:iam::{}:role/{ROLE}", account.id)
}

/// What the provider processes of a workspace used.
#[derive(Clone, Copy, Debug, Default)]
struct Memory {
    /// The peak of any one of them.
    peak_kib: u64,
    /// How many there were at the same time.
    side_by_side: usize,
}

/// Observes the provider processes of a workspace until its end. The kernel keeps the peak of each.
struct Watch {
    done: Arc<AtomicBool>,
    watcher: JoinHandle<Memory>,
}

impl Watch {
    const PERIOD: Duration = Duration::from_millis(20);

    fn begin(binary: PathBuf) -> Self {
        let done = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&done);
        let watcher = thread::spawn(move || {
            let mut memory = Memory::default();
            while !seen.load(Ordering::Relaxed) {
                let peaks: Vec<u64> = processes_of(&binary).filter_map(|process| peak_kib(&process)).collect();
                memory.side_by_side = memory.side_by_side.max(peaks.len());
                memory.peak_kib = peaks.into_iter().chain([memory.peak_kib]).max().unwrap_or_default();
                thread::sleep(Self::PERIOD);
            }
            memory
        });
        Self { done, watcher }
    }

    fn end(self) -> Memory {
        self.done.store(true, Ordering::Relaxed);
        self.watcher.join().expect("the watcher ends")
    }
}

/// `VmHWM`; none once the process has ended.
fn peak_kib(process: &Path) -> Option<u64> {
    let status = std::fs::read_to_string(process.join("status")).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    peak.split_whitespace().next()?.parse().ok()
}
