//! The registry's documentation: the pages of `docs/`, from schemas, examples and hand-written templates.
//!
//! Pure: reads files through a function, and returns the pages as text. The reference is the text of the schema, by
//! [`Attribute::full_description`](terraform_plugin::framework::schema::Attribute::full_description); a template adds what
//! schemas do not contain. Must not know the wire format or AWS, and must not describe an attribute itself.
//!
//! A template is Markdown with directives on lines of their own:
//!
//! - `{{ description }}`: the description of the schema
//! - `{{ schema }}`: the reference of all attributes and blocks; of a function, signature and arguments
//! - `{{ example PATH }}`: a file of the project as a code block
//!
//! Reference: <https://developer.hashicorp.com/terraform/registry/providers/docs>

mod function;
mod schema;

use std::collections::BTreeMap;
use std::io;

use terraform_plugin::framework::Provider;

/// The directory of the templates, from the root of the project.
pub(crate) const TEMPLATES: &str = "src/docs/templates";

/// The guides: the name of each page, its title and its description.
pub const GUIDES: [(&str, &str, &str); 1] = [(
    "moving-from-the-module",
    "Moving from the Terraform module",
    "How to move a setup of the Terraform module to the resource without a change of any log.",
)];

/// The reason why a page cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A template or an example cannot be read.
    #[error("{path}: cannot be read")]
    Read {
        /// The file, from the root of the project.
        path: String,
        /// The error of the file system.
        source: io::Error,
    },
    /// A template contains an unknown directive.
    #[error("{template}: {asked:?} is not {{{{ description }}}}, {{{{ schema }}}} or {{{{ example PATH }}}}")]
    Unknown {
        /// The template.
        template: String,
        /// The directive.
        asked: String,
    },
}

/// Every page of `provider`, by its path under `docs/`. `read` returns the text of a file of the project by its path from
/// the root.
///
/// # Errors
/// When a template or example cannot be read, or a template contains an unknown directive.
pub fn pages(
    provider: &dyn Provider,
    read: &dyn Fn(&str) -> io::Result<String>,
) -> Result<BTreeMap<String, String>, Error> {
    let provider_name = provider.type_name();
    let mut subjects = vec![Subject {
        page: "index.md".to_owned(),
        title: format!("{provider_name} Provider"),
        heading: format!("{provider_name} Provider"),
        description: provider.schema().block.description.clone(),
        reference: schema::reference(&provider.schema().block),
    }];
    for resource in provider.resources() {
        let name = resource.type_name().to_owned();
        subjects.push(Subject {
            page: page_of("resources", provider_name, &name),
            title: format!("{name} Resource - terraform-provider-{provider_name}"),
            heading: format!("{name} (Resource)"),
            description: resource.schema().block.description.clone(),
            reference: schema::reference(&resource.schema().block),
        });
    }
    for data_source in provider.data_sources() {
        let name = data_source.type_name().to_owned();
        subjects.push(Subject {
            page: page_of("data-sources", provider_name, &name),
            title: format!("{name} Data Source - terraform-provider-{provider_name}"),
            heading: format!("{name} (Data Source)"),
            description: data_source.schema().block.description.clone(),
            reference: schema::reference(&data_source.schema().block),
        });
    }
    for function in provider.functions() {
        let name = function.name();
        subjects.push(Subject {
            page: page_of("functions", provider_name, name),
            title: format!("{name} function - terraform-provider-{provider_name}"),
            heading: format!("function: {name}"),
            description: function.signature().description,
            reference: function::reference(name, &function.signature()),
        });
    }
    subjects.extend(GUIDES.map(|(name, title, description)| Subject {
        page: page_of("guides", provider_name, name),
        title: title.to_owned(),
        heading: title.to_owned(),
        description: description.to_owned(),
        reference: String::new(),
    }));
    subjects.into_iter().map(|subject| Ok((subject.page.clone(), subject.render(read)?))).collect()
}

/// The page of a type. Registries omit the prefix of the provider.
#[must_use]
pub fn page_of(directory: &str, provider: &str, type_name: &str) -> String {
    let short = type_name.strip_prefix(provider).and_then(|rest| rest.strip_prefix('_')).unwrap_or(type_name);
    format!("{directory}/{short}.md")
}

/// The subject of a page.
#[derive(Debug)]
struct Subject {
    page: String,
    title: String,
    heading: String,
    description: String,
    reference: String,
}

impl Subject {
    fn render(&self, read: &dyn Fn(&str) -> io::Result<String>) -> Result<String, Error> {
        let read = |path: &str| read(path).map_err(|source| Error::Read { path: path.to_owned(), source });
        let template = format!("{TEMPLATES}/{}", self.page);
        let mut page = self.front_matter();
        for line in read(&template)?.lines() {
            let asked = line.strip_prefix("{{ ").and_then(|line| line.strip_suffix(" }}"));
            match asked.map(|asked| (asked, asked.split_once(' '))) {
                None => page.push_str(line),
                Some(("description", _)) => page.push_str(&self.description),
                Some(("schema", _)) => page.push_str(self.reference.trim_end()),
                Some((_, Some(("example", path)))) => page.push_str(&code_block(path, &read(path)?)),
                Some((asked, _)) => return Err(Error::Unknown { template, asked: asked.to_owned() }),
            }
            page.push('\n');
        }
        Ok(page)
    }

    /// The front matter, from which registries read title and description for their search.
    fn front_matter(&self) -> String {
        let Self { page, title, heading, description, .. } = self;
        let subcategory = if page == "index.md" { "" } else { "subcategory: \"\"\n" };
        // Registries show the description as plain text.
        let description = description.replace('`', "");
        format!(
            "---\n# Made by `make docs` from the schema, {TEMPLATES}/{page} and examples/. Change those.\n\
             page_title: \"{title}\"\n{subcategory}description: |-\n  {description}\n---\n\n# {heading}\n\n"
        )
    }
}

fn code_block(path: &str, text: &str) -> String {
    let language = if path.rsplit_once('.').is_some_and(|(_, ending)| ending == "sh") { "shell" } else { "terraform" };
    format!("```{language}\n{}\n```", text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use terraform_plugin::framework::schema::{Attribute, Block};

    fn render(template: &'static str) -> Result<String, Error> {
        let block = Block {
            attributes: vec![Attribute::string("name").required().describe("The name.")],
            blocks: Vec::new(),
            description: "Makes `things`.".into(),
        };
        let subject = Subject {
            page: page_of("resources", "acme", "acme_thing"),
            title: "acme_thing Resource - terraform-provider-acme".into(),
            heading: "acme_thing (Resource)".into(),
            description: block.description.clone(),
            reference: schema::reference(&block),
        };
        subject.render(&|path| match path {
            "src/docs/templates/resources/thing.md" => Ok(template.into()),
            "examples/thing.tf" => Ok("resource \"acme_thing\" \"this\" {}\n\n".into()),
            "examples/import.sh" => Ok("terraform import\n".into()),
            _ => Err(io::ErrorKind::NotFound.into()),
        })
    }

    #[test]
    fn a_page_is_front_matter_and_the_filled_template() {
        let page = render(
            "{{ description }}\n\n{{ example examples/thing.tf }}\n\n{{ example examples/import.sh }}\n\n{{ schema }}\n",
        );
        let expected = r#"---
# Made by `make docs` from the schema, src/docs/templates/resources/thing.md and examples/. Change those.
page_title: "acme_thing Resource - terraform-provider-acme"
subcategory: ""
description: |-
  Makes things.
---

# acme_thing (Resource)

Makes `things`.

```terraform
resource "acme_thing" "this" {}
```

```shell
terraform import
```

<!-- schema generated by `make docs` -->
## Schema

### Required

- `name` (String) The name.
"#;
        assert_eq!(page.unwrap(), expected);
    }

    #[test]
    fn a_missing_example_is_named() {
        let error = render("{{ example examples/gone.tf }}\n").unwrap_err();
        assert_eq!(error.to_string(), "examples/gone.tf: cannot be read");
    }

    #[test]
    fn a_misspelt_request_is_an_error() {
        for asked in ["schemas", "example", "description of it"] {
            let template: &'static str = Box::leak(format!("{{{{ {asked} }}}}").into_boxed_str());
            let error = render(template).unwrap_err().to_string();
            assert!(error.starts_with("src/docs/templates/resources/thing.md: ") && error.contains(asked), "{error}");
        }
    }
}
