//! The cells as a table: rows calls, columns faults.

use std::collections::BTreeMap;
use std::fmt;

use super::Cell;
use super::disturbance::{FAULTS, Fault};
use super::outcome::{LOST_STATE, ORPHAN};

#[derive(Default)]
pub(super) struct Table {
    /// The outcome of each fault by row: `None` where it converged, else the failure.
    rows: BTreeMap<String, BTreeMap<Fault, Option<String>>>,
}

impl Table {
    pub(super) fn add(&mut self, cell: &Cell, failure: Option<String>) {
        self.rows.entry(cell.row()).or_default().insert(cell.fault, failure);
    }

    pub(super) fn all_converged(&self) -> bool {
        self.cells().all(|(_, _, failure)| failure.is_none())
    }

    fn cells(&self) -> impl Iterator<Item = (&str, Fault, Option<&String>)> {
        let rows = self.rows.iter();
        rows.flat_map(|(row, cells)| cells.iter().map(|(fault, failure)| (row.as_str(), *fault, failure.as_ref())))
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:45}", "call")?;
        for fault in FAULTS {
            write!(f, " | {}", fault.name())?;
        }
        writeln!(f)?;
        for (row, cells) in &self.rows {
            write!(f, "{row:45}")?;
            for fault in FAULTS {
                let word = match cells.get(fault) {
                    None => "",
                    Some(None) => "converged",
                    Some(Some(_)) => "FAILED",
                };
                write!(f, " | {word:width$}", width = fault.name().len())?;
            }
            writeln!(f)?;
        }
        let failed: Vec<_> = self.cells().filter_map(|(row, fault, failure)| Some((row, fault, failure?))).collect();
        let of = |kind| failed.iter().filter(|(_, _, failure)| failure.contains(kind)).count();
        let (orphans, lost) = (of(ORPHAN), of(LOST_STATE));
        let cells = self.cells().count();
        writeln!(f, "{cells} cells, {} failed; orphans {orphans}, lost state {lost}", failed.len())?;
        for (row, fault, failure) in failed {
            writeln!(f, "\n=== {row} {}\n{failure}", fault.name())?;
        }
        Ok(())
    }
}
