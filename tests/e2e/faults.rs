//! Every call of a create, an update and a destroy meets every fault, and the next apply (after a
//! destroy: the next destroy) completes the operation: nothing is lost, made twice or deleted.
//!
//! A *cell* is one call of one step and one fault. An account goes through create, update and
//! destroy, each with a cell of its own. All cells take a long time: by default a tenth runs, chosen by
//! a seed that the test prints.
//!
//!   SSMSESSION_FAULTS=all        all cells (`make test-faults`)
//!   SSMSESSION_FAULTS=<seed>     the tenth of that seed again
//!   SSMSESSION_FAULTS=<words>    the cells whose name contains each of these words

/// The faults, and how a command is run into one.
mod disturbance;
/// The expected outcome of a cell: the setup as configured, and nothing else.
mod outcome;
/// The cells as a table.
mod table;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::cli::Cli;
use crate::workspace::Workspace;

use disturbance::{FAULTS, Fault, disturbed};
use outcome::{assert_destroyed, assert_right, converge, destroy_to_the_end};
use table::Table;

/// The number of accounts that run at the same time.
const LANES: usize = 3;

/// The number of additional accounts for cells in which the provider mostly waits.
const WAITING_LANES: usize = 9;

/// How often a throttled call is refused in a full run. It takes a minute or two.
const THROTTLED_TIMES: u32 = 20;

/// How often a throttled call is refused in a run of a tenth.
const BRIEFLY_THROTTLED_TIMES: u32 = 4;

/// Every fifth account is OpenTofu's, where there is another CLI.
const OPENTOFU_EVERY: usize = 5;

/// What a user does. In this order, in one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Step {
    Create,
    Update,
    Destroy,
}

/// The `nth` call of an operation in a step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Target {
    service: String,
    operation: String,
    nth: usize,
    write: bool,
}

#[derive(Clone, Debug, Hash)]
struct Cell {
    step: Step,
    target: Target,
    fault: Fault,
    /// How often the call is refused where it is throttled.
    throttled_times: u32,
}

/// What the resource is created with.
const BEFORE: &str = "
    kms        = { rotation_period_in_days = 90 }
    session    = { timeout = 20 }
    audit      = { retention_years = 5 }
    cloudwatch = { enabled = true, retention = 7, skip_destroy = false }
";

/// What it is updated to: a change of every part.
const AFTER: &str = r#"
    kms                   = { rotation_period_in_days = 180 }
    session               = { timeout = 15 }
    audit                 = { retention_years = 7 }
    cloudwatch            = { enabled = true, retention = 30, skip_destroy = false }
    allowed_iam_role_arns = ["arn:aws:iam::123456789012:role/session"]
"#;

#[test]
fn every_call_can_meet_every_fault() {
    let began = Instant::now();
    let cells = cells();
    let all = cells.len();
    let chosen = chosen(cells);
    assert!(!chosen.is_empty(), "SSMSESSION_FAULTS names no cell");
    println!("{} of {all} cells", chosen.len());
    let (waiting, busy) = chosen.into_iter().partition(Cell::is_slow);
    let (waiting, busy) = (Mutex::new(lives(waiting)), Mutex::new(lives(busy)));
    let table = Mutex::new(Table::default());
    let work = |lives: &Mutex<Vec<(usize, Life)>>| {
        loop {
            let Some((number, life)) = lives.lock().unwrap().pop() else { return };
            let cli = if number.is_multiple_of(OPENTOFU_EVERY) { Cli::OpenTofu } else { Cli::either() };
            live(cli, &life, &table);
        }
    };
    std::thread::scope(|scope| {
        for lives in std::iter::repeat_n(&busy, LANES).chain(std::iter::repeat_n(&waiting, WAITING_LANES)) {
            scope.spawn(|| work(lives));
        }
    });
    let table = table.into_inner().unwrap();
    println!("{table}\n{} s", began.elapsed().as_secs());
    assert!(table.all_converged(), "not every cell converged:\n{table}");
}

/// Every cell, by the calls of a run without faults.
fn cells() -> Vec<Cell> {
    let workspace = Workspace::new(Cli::either());
    let mut cells = Vec::new();
    let mut add = |step| {
        let mut nth = BTreeMap::<_, usize>::new();
        for call in workspace.account.take_calls().iter() {
            let count = nth.entry((call.service.clone(), call.operation.clone())).or_default();
            *count += 1;
            let target = Target {
                service: call.service.clone(),
                operation: call.operation.clone(),
                nth: *count,
                write: call.write,
            };
            let faults = FAULTS.iter().filter(|fault| call.write || !fault.is_for_writes());
            cells.extend(faults.map(|fault| Cell {
                step,
                target: target.clone(),
                fault: *fault,
                throttled_times: THROTTLED_TIMES,
            }));
        }
    };
    configure(&workspace, Step::Create, BOUND);
    workspace.apply();
    add(Step::Create);
    configure(&workspace, Step::Update, BOUND);
    workspace.apply();
    add(Step::Update);
    workspace.destroy();
    add(Step::Destroy);
    cells
}

/// The timeout of a step that is not throttled.
const BOUND: &str = "40s";
const THROTTLED_BOUND: &str = "10m";

fn configure(workspace: &Workspace, step: Step, bound: &str) {
    let (settings, tags) = match step {
        Step::Create => (BEFORE, ""),
        Step::Update | Step::Destroy => (AFTER, "extra_tags = { team = \"security\" }"),
    };
    // A destroy uses the timeout in the state, which the step before has written.
    let timeouts = format!("create = \"{bound}\", update = \"{bound}\", delete = \"{THROTTLED_BOUND}\"");
    let rest = format!("  {tags}\n  timeouts = {{ {timeouts} }}\n  settings = {{");
    workspace.write(&crate::workspace::setup(settings).replace("  settings = {", &rest));
}

/// The cells that are run this time.
fn chosen(mut cells: Vec<Cell>) -> Vec<Cell> {
    let wish = std::env::var("SSMSESSION_FAULTS").unwrap_or_default();
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let seed = if wish.is_empty() { Some(now()) } else { wish.parse().ok() };
    if let Some(seed) = seed {
        println!("SSMSESSION_FAULTS={seed}");
        cells.retain(|cell| is_of_tenth(seed, cell));
        for cell in &mut cells {
            cell.throttled_times = BRIEFLY_THROTTLED_TIMES;
        }
        cells.retain(|cell| !cell.is_slow());
    } else if wish != "all" {
        cells.retain(|cell| wish.split_whitespace().all(|word| cell.to_string().contains(word)));
    }
    cells
}

fn is_of_tenth(seed: u64, cell: &Cell) -> bool {
    let mut hasher = DefaultHasher::new();
    (seed, cell).hash(&mut hasher);
    hasher.finish().is_multiple_of(10)
}

/// At most one cell of each step.
type Life = BTreeMap<Step, Cell>;

/// Distributes cells over as few accounts as possible.
fn lives(cells: Vec<Cell>) -> Vec<(usize, Life)> {
    let mut lives: Vec<Life> = Vec::new();
    let mut next = BTreeMap::<Step, usize>::new();
    for cell in cells {
        let index = next.entry(cell.step).or_default();
        if *index == lives.len() {
            lives.push(Life::new());
        }
        lives[*index].insert(cell.step, cell);
        *index += 1;
    }
    lives.into_iter().enumerate().collect()
}

/// Runs the cells of one account. After a cell that fails, the next cells run in another account.
fn live(cli: Cli, life: &Life, table: &Mutex<Table>) {
    let mut workspace = Workspace::new(cli);
    let last = *life.keys().last().unwrap();
    for step in [Step::Create, Step::Update, Step::Destroy] {
        if step > last {
            break;
        }
        let Some(cell) = life.get(&step) else {
            run_undisturbed(&workspace, step);
            continue;
        };
        let failure = catch_unwind(AssertUnwindSafe(|| run(&mut workspace, cell))).err().map(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
        });
        if failure.is_some() {
            println!("{cell} FAILED");
            workspace = Workspace::new(cli);
            for before in [Step::Create, Step::Update].into_iter().filter(|before| *before <= step && step < last) {
                run_undisturbed(&workspace, before);
            }
        }
        table.lock().unwrap().add(cell, failure);
    }
}

fn run_undisturbed(workspace: &Workspace, step: Step) {
    // A destroy needs the state that the update leaves.
    if step != Step::Destroy {
        configure(workspace, step, BOUND);
        workspace.apply();
    }
}

fn run(workspace: &mut Workspace, cell: &Cell) {
    if cell.step == Step::Destroy {
        let met = disturbed(workspace, &["destroy", "-no-color", "-auto-approve"], cell);
        destroy_to_the_end(workspace, &met);
        assert_destroyed(workspace);
    } else {
        configure(workspace, cell.step, if cell.fault == Fault::Throttled { THROTTLED_BOUND } else { BOUND });
        let met = disturbed(workspace, &["apply", "-no-color", "-auto-approve"], cell);
        converge(workspace, cell, &met);
        assert_right(workspace, cell.step);
        workspace.assert_plan_is_empty();
    }
}

impl std::fmt::Display for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.row(), self.fault.name())
    }
}

impl Cell {
    /// Whether the provider waits for half a minute or more.
    fn is_slow(&self) -> bool {
        match self.fault {
            Fault::InterruptedForEver => true,
            Fault::Throttled => self.throttled_times > BRIEFLY_THROTTLED_TIMES,
            _ => false,
        }
    }

    fn row(&self) -> String {
        let Target { service, operation, nth, .. } = &self.target;
        format!("{:?} {service}:{operation}#{nth}", self.step)
    }
}
