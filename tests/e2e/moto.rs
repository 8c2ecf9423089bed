//! The AWS server for tests: one process, an account for each test, a record of all calls.
//!
//! The first test that needs it starts it. It stops when the test binary ends, because its standard input
//! closes. The server itself, and why one is enough: `tests/support/moto/serve.py`.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::cli::tools_directory;

/// An AWS account that nothing else uses.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) id: String,
}

/// One call as the server received it. Every retry is a call.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Call {
    pub(crate) service: String,
    pub(crate) operation: String,
    pub(crate) status: u16,
    pub(crate) write: bool,
    /// The faults, after this write, of the parts that the document names.
    pub(crate) faults: Vec<String>,
}

/// The calls between two readings of the record.
#[derive(Debug)]
pub(crate) struct Calls(Vec<Call>);

impl Account {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(100_000_000_001);
        Self::numbered(&NEXT.fetch_add(1, Ordering::Relaxed).to_string())
    }

    pub(crate) fn numbered(id: &str) -> Self {
        Self { id: id.to_owned() }
    }

    /// The access key of the program under test. The server records its calls.
    pub(crate) fn access_key(&self) -> String {
        format!("AKIATEST{}", self.id)
    }

    /// The access key of the test itself, for the same account. Its calls are neither recorded nor refused.
    pub(crate) fn observer_access_key(&self) -> String {
        format!("AKIALOOK{}", self.id)
    }

    /// Returns the calls since the last reading.
    pub(crate) fn take_calls(&self) -> Calls {
        let lines = request("DELETE", &format!("/-/calls/{}", self.id), "");
        Calls(lines.lines().map(|line| serde_json::from_str(line).expect("a call")).collect())
    }

    /// Makes AWS refuse the next `times` calls of an operation.
    pub(crate) fn refuse(&self, operation: &str, code: &str, status: u16, times: u32) {
        self.add_fault(&json!({"operation": operation, "code": code, "status": status, "times": times}));
    }

    /// Adds a fault that calls meet: `Fault` in `tests/support/moto/faults.py`.
    pub(crate) fn add_fault(&self, fault: &Value) {
        request("POST", &format!("/-/faults/{}", self.id), &fault.to_string());
    }

    /// Removes all faults. Returns how many calls met one.
    pub(crate) fn end_faults(&self) -> u64 {
        let answer = request("DELETE", &format!("/-/faults/{}", self.id), "");
        serde_json::from_str::<Value>(&answer).expect("a count")["met"].as_u64().expect("a count")
    }

    /// Waits until a call hangs. False when the faults are removed first.
    pub(crate) fn wait_until_one_hangs(&self) -> bool {
        request("GET", &format!("/-/hanging/{}", self.id), "").contains("true")
    }

    /// Lets AWS answer the calls that hang.
    pub(crate) fn answer_what_hangs(&self) {
        request("DELETE", &format!("/-/hanging/{}", self.id), "");
    }

    /// Makes AWS refuse a role to this account until [`Self::refuse_nothing`]. The role may belong to another account.
    pub(crate) fn refuse_role(&self, role_arn: &str) {
        let refusal = json!({
            "operation": "AssumeRole", "code": "AccessDenied", "status": 403, "times": 1_000_000,
            "containing": role_arn,
        });
        self.add_fault(&refusal);
    }

    /// Ends all refusals of this account.
    pub(crate) fn refuse_nothing(&self) {
        self.end_faults();
    }

    /// Puts a number of objects into a bucket, each in a number of versions.
    pub(crate) fn put_objects(&self, bucket: &str, objects: u32, versions: u32) {
        let body = json!({"bucket": bucket, "objects": objects, "versions": versions});
        request("POST", &format!("/-/objects/{}", self.id), &body.to_string());
    }
}

impl Calls {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The operations that change something, in their order.
    pub(crate) fn writes(&self) -> Vec<&str> {
        self.0.iter().filter(|call| call.write).map(|call| call.operation.as_str()).collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Call> {
        self.0.iter()
    }

    /// Whether any call was of this operation.
    pub(crate) fn has(&self, operation: &str) -> bool {
        self.0.iter().any(|call| call.operation == operation)
    }

    /// Asserts that no call changes anything.
    #[track_caller]
    pub(crate) fn assert_no_writes(&self) {
        self.assert_no_writes_in("nothing is written");
    }

    /// The same, where a message tells which step failed.
    #[track_caller]
    pub(crate) fn assert_no_writes_in(&self, step: &str) {
        assert_eq!(self.writes(), Vec::<&str>::new(), "{step}");
    }

    /// Asserts that after no write the document names a part that is missing, unencrypted or inaccessible.
    #[track_caller]
    pub(crate) fn assert_document_never_broke(&self) {
        for (number, call) in self.0.iter().enumerate() {
            let before: Vec<_> = self.0.iter().take(number + 1).filter(|call| call.write).collect();
            assert!(call.faults.is_empty(), "after {}: {:?}\n{before:#?}", call.operation, call.faults);
        }
    }

    /// Asserts that these operations are called in this order, with any others between them.
    #[track_caller]
    pub(crate) fn assert_in_order(&self, operations: &[&str]) {
        let mut writes = self.writes().into_iter();
        for operation in operations {
            assert!(
                writes.any(|write| write == *operation),
                "{operation} is missing, or not in the order {operations:?}: {:?}",
                self.writes()
            );
        }
    }

    /// How often each operation was called, `service:Operation` by name.
    pub(crate) fn counted(&self) -> BTreeMap<String, usize> {
        let mut counted = BTreeMap::new();
        for call in &self.0 {
            *counted.entry(format!("{}:{}", call.service, call.operation)).or_default() += 1;
        }
        counted
    }
}

/// The address of the server. The first call starts it.
pub(crate) fn endpoint() -> &'static str {
    static SERVER: OnceLock<(String, Child)> = OnceLock::new();
    &SERVER.get_or_init(start).0
}

fn start() -> (String, Child) {
    let python = tools_directory().join("venv/bin/python");
    assert!(python.is_file(), "moto is not in target/tools/venv. Run: make tools");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/moto/serve.py");
    let mut child =
        Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("moto starts");
    let mut address = String::new();
    BufReader::new(child.stdout.take().expect("stdout is piped"))
        .read_line(&mut address)
        .expect("moto prints its address");
    assert!(!address.is_empty(), "moto ended before it was ready");
    (address.trim_end().to_owned(), child)
}

fn request(method: &str, path: &str, body: &str) -> String {
    let host = endpoint().trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).expect("moto listens");
    write!(stream, "{method} {path} HTTP/1.0\r\nContent-Length: {}\r\n\r\n{body}", body.len()).expect("moto reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("moto answers");
    let (head, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
    assert!(head.contains(" 200 "), "{method} {path}: {head}");
    body.to_owned()
}
