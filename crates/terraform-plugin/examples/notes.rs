//! A provider that keeps notes: each resource `notes_note` is a text file in one directory.

use std::error::Error;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::{fs, io};

use async_trait::async_trait;
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::field::{Field, MaybeUnknown};
use terraform_plugin::framework::model::Model;
use terraform_plugin::framework::path::Path;
use terraform_plugin::framework::schema::{Attribute, Block, Schema};
use terraform_plugin::framework::value::Value;
use terraform_plugin::framework::{ApplyRequest, ApplyResponse, ConfigureRequest, PlanRequest, PlanResponse};
use terraform_plugin::framework::{Provider, ReadRequest, ReadResponse, Resource};
use terraform_plugin::{Mode, Settings, serve};

terraform_plugin::model! {
    struct Config { directory: String }
    struct Note { name: String, text: String, path: String }
}

/// The directory of the notes; unknown while a plan does not know the provider block.
type Directory = Arc<Mutex<Field<String>>>;

#[derive(Default)]
struct Notes(Directory);

#[async_trait]
impl Provider for Notes {
    fn type_name(&self) -> &'static str {
        "notes"
    }

    fn source(&self) -> &'static str {
        "example/notes"
    }

    fn schema(&self) -> Schema {
        schema(vec![Attribute::string("directory").required().describe("The directory of the notes.")])
    }

    fn resources(&self) -> Vec<Arc<dyn Resource>> {
        let attributes = vec![
            Attribute::string("name").required().describe("The name of the note."),
            Attribute::string("text").required().describe("The text of the note."),
            Attribute::string("path").computed().describe("The file of the note."),
        ];
        vec![Arc::new(NoteResource { schema: schema(attributes), directory: Arc::clone(&self.0) })]
    }

    async fn configure(&self, request: ConfigureRequest) -> Diagnostics {
        match Config::read(&request.config) {
            Ok(config) => *self.0.lock().unwrap_or_else(PoisonError::into_inner) = config.directory,
            Err(error) => return failed(error),
        }
        Diagnostics::new()
    }
}

struct NoteResource {
    schema: Schema,
    directory: Directory,
}

#[async_trait]
impl Resource for NoteResource {
    fn type_name(&self) -> &'static str {
        "notes_note"
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    async fn plan(&self, request: PlanRequest) -> PlanResponse {
        // Another path is another file. The planned state of a destroy is null.
        let mut response = PlanResponse { requires_replace: vec![Path::of("path")], ..PlanResponse::default() };
        if !request.config.is_null() {
            match Note::read(&request.config) {
                Ok(note) => response.planned = Note { path: self.path(&note.name), ..note }.write(),
                Err(error) => response.diagnostics = failed(error),
            }
        }
        response
    }

    async fn apply(&self, request: ApplyRequest) -> ApplyResponse {
        match store(&request) {
            Ok(()) => ApplyResponse { new_state: request.planned, ..ApplyResponse::default() },
            // The prior state still stands.
            Err(error) => {
                ApplyResponse { new_state: request.prior, diagnostics: failed(error), ..ApplyResponse::default() }
            }
        }
    }

    async fn read(&self, request: ReadRequest) -> ReadResponse {
        match stored(&request.current) {
            Ok(new_state) => ReadResponse { new_state, ..ReadResponse::default() },
            Err(error) => {
                ReadResponse { new_state: request.current, diagnostics: failed(error), ..ReadResponse::default() }
            }
        }
    }
}

impl NoteResource {
    fn path(&self, name: &Field<String>) -> Field<String> {
        let directory = self.directory.lock().unwrap_or_else(PoisonError::into_inner);
        MaybeUnknown::from_known(|| Some(format!("{}/{}.txt", directory.known()?, name.known()?))).into()
    }
}

fn store(request: &ApplyRequest) -> Result<(), Box<dyn Error>> {
    if request.planned.is_null() {
        return Ok(fs::remove_file(file(&Note::read(&request.prior)?))?);
    }
    let note = Note::read(&request.planned)?;
    Ok(fs::write(file(&note), note.text.text().unwrap_or_default())?)
}

/// The state that the file has; null where there is no file.
fn stored(state: &Value) -> Result<Value, Box<dyn Error>> {
    let note = Note::read(state)?;
    match fs::read_to_string(file(&note)) {
        Ok(text) => Ok(Note { text: text.into(), ..note }.write()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Value::Null),
        Err(error) => Err(error.into()),
    }
}

fn file(note: &Note) -> &str {
    note.path.text().unwrap_or_default()
}

fn failed(error: impl Into<Box<dyn Error>>) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    diagnostics.error("The note cannot be kept", error.into().to_string());
    diagnostics
}

fn schema(attributes: Vec<Attribute>) -> Schema {
    Schema { version: 0, block: Block { attributes, ..Block::default() } }
}

fn main() -> ExitCode {
    let by_hand = "This program is a provider for Terraform and OpenTofu, which start it.";
    let mode = if std::env::args().any(|argument| argument == "--debug") { Mode::Debug } else { Mode::Hosted };
    serve(Arc::new(Notes::default()), Settings { mode, started_by_hand: by_hand, crates: &["notes"] })
}
