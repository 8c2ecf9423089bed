//! What the policies have in common: statements, the name of a key, and the ARN of the objects below a prefix.
//!
//! Pure. A managed key is named by its alias (`kms:ResourceAliases`), because its ARN is known only after it is
//! created. KMS takes up to five minutes to evaluate a new alias.
//! Follows <https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html> and
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>.

use serde_json::{Map, Value, json};

use crate::account::Place;

/// A key in the form that policies name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyName {
    /// By its ARN.
    Arn(String),
    /// By its alias among the keys of an account and region.
    Alias {
        /// ARN of those keys, with `*` for the id.
        keys_arn: String,
        /// The alias, with `alias/`.
        alias_name: String,
    },
}

impl KeyName {
    /// The key under an alias of this account and region; `alias_name` begins with `alias/`.
    pub(crate) fn alias(place: &Place, alias_name: &str) -> Self {
        Self::Alias { keys_arn: place.key_arn("*"), alias_name: alias_name.to_owned() }
    }

    /// The key of a reference in any form that AWS accepts (id, ARN or alias); `None` for an AWS managed key, which
    /// needs no permission.
    pub(crate) fn of(place: &Place, reference: &str) -> Option<Self> {
        let name = match (reference.starts_with("arn:"), reference.find("alias/")) {
            (true, Some(at)) => {
                let (account, alias_name) = reference.split_at(at);
                Self::Alias { keys_arn: format!("{account}key/*"), alias_name: alias_name.to_owned() }
            }
            (false, Some(_)) => Self::alias(place, reference),
            (true, None) => Self::Arn(reference.to_owned()),
            (false, None) => Self::Arn(place.key_arn(reference)),
        };
        match &name {
            Self::Alias { alias_name, .. } if alias_name.starts_with("alias/aws/") => None,
            _ => Some(name),
        }
    }

    /// The ARN for a statement's resource.
    pub(crate) fn resource(&self) -> &str {
        match self {
            Self::Arn(arn) => arn,
            Self::Alias { keys_arn, .. } => keys_arn,
        }
    }

    /// The region of the key, which is also the region of a bucket that it encrypts.
    fn region(&self) -> &str {
        self.resource().split(':').nth(3).unwrap_or_default()
    }

    /// A statement about this key, with further conditions if there are any.
    pub(super) fn statement(&self, effect: &str, sid: &str, actions: &[&str], mut conditions: Value) -> Value {
        if let (Self::Alias { alias_name, .. }, Some(conditions)) = (self, conditions.as_object_mut()) {
            conditions
                .insert("ForAnyValue:StringEquals".to_owned(), json!({"kms:ResourceAliases": escaped(alias_name)}));
        }
        statement(effect, sid, actions, &[self.resource()], conditions)
    }
}

/// A statement; without conditions where `conditions` has none.
pub(super) fn statement(effect: &str, sid: &str, actions: &[&str], resources: &[&str], conditions: Value) -> Value {
    let mut statement = Map::new();
    statement.insert("Sid".to_owned(), json!(sid));
    statement.insert("Effect".to_owned(), json!(effect));
    statement.insert("Action".to_owned(), json!(actions));
    statement.insert("Resource".to_owned(), json!(resources));
    if conditions.as_object().is_some_and(|conditions| !conditions.is_empty()) {
        statement.insert("Condition".to_owned(), conditions);
    }
    Value::Object(statement)
}

/// The conditions under which S3 uses a key for the objects of a bucket. The encryption context is the object, or the
/// bucket if S3 uses a bucket key.
pub(super) fn through_s3(place: &Place, key: &KeyName, bucket_arn: &str, objects_arn: &str) -> Value {
    let spelled = |dns_suffix| format!("s3.{}.{dns_suffix}", key.region());
    // KMS documents the first spelling. Where a partition has a domain of its own, both occur.
    let mut services = vec![spelled("amazonaws.com"), spelled(&place.dns_suffix)];
    services.dedup();
    json!({
        "StringEquals": {"kms:ViaService": services},
        "StringLike": {"kms:EncryptionContext:aws:s3:arn": [bucket_arn, objects_arn]},
    })
}

/// The conditions under which a key is used for a session, whose id is in the encryption context.
pub(super) fn for_sessions() -> Value {
    json!({"Null": {"kms:EncryptionContext:aws:ssm:SessionId": "false"}})
}

/// ARN of the log objects below a prefix. The agent normalizes their names: it joins slashes and resolves `..`.
pub(super) fn objects_arn(bucket_arn: &str, key_prefix: &str) -> String {
    let rooted = key_prefix.starts_with('/');
    let mut steps: Vec<&str> = Vec::new();
    for step in key_prefix.split('/') {
        match step {
            "" | "." => {}
            ".." if steps.last().is_some_and(|last| *last != "..") => {
                steps.pop();
            }
            ".." if rooted => {}
            step => steps.push(step),
        }
    }
    let mut path = steps.into_iter().map(escaped).collect::<Vec<_>>();
    path.push("*".to_owned());
    format!("{bucket_arn}/{}{}", if rooted { "/" } else { "" }, path.join("/"))
}

/// Text in which policies find neither wildcards nor variables.
pub(super) fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, c| {
        if "*?$".contains(c) {
            escaped.extend(['$', '{', c, '}']);
        } else {
            escaped.push(c);
        }
        escaped
    })
}

#[cfg(test)]
mod tests;
