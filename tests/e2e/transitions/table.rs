//! The rows of a run as a table for readers: `target/transitions.txt`. Every run of the tests writes it anew.
//!
//! Tests run at the same time and end in any order. Therefore every row writes the whole file, sorted by scenario.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use crate::cli::tools_directory;
use crate::workspace::Workspace;

/// The rows by scenario, each in its order.
static ROWS: Mutex<BTreeMap<String, Vec<String>>> = Mutex::new(BTreeMap::new());

/// Adds a row: the change, the calls that write in their order, and the result.
pub(super) fn add(workspace: &Workspace, change: &str, writes: &[&str], result: &str) {
    let row = format!("| {change} | {:?} | {} | {result} |", workspace.cli, writes.join(", "));
    println!("{row}");
    // The test harness names the thread after the test.
    let scenario = std::thread::current().name().unwrap_or_default().to_owned();
    let mut rows = ROWS.lock().unwrap_or_else(PoisonError::into_inner);
    rows.entry(scenario).or_default().push(row);
    let mut table = "| change | CLI | calls that write, in order | result |\n| --- | --- | --- | --- |\n".to_owned();
    for row in rows.values().flatten() {
        writeln!(table, "{row}").expect("text grows");
    }
    std::fs::write(tools_directory().with_file_name("transitions.txt"), table).expect("the table");
}
