//! The import ids of a setup: `<region>`, `<account>/<region>`, or the name of the document for the
//! provider's region; for a delegation `<account>/delegated/<member>` or `delegated/<member>`. Each may be
//! followed by `,<role_arn>[,<external_id>]`. Pure.

use terraform_plugin::framework::field::Field;
use terraform_plugin::framework::value::Value;

use crate::account::AssumeRole;
use crate::account::rules::{partition_of, validate_account_id, validate_role_arn};
use crate::reconcile::session_document::NAME as DOCUMENT_NAME;

/// The place of a setup to import, and the role to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Id {
    /// The account, if the id has one.
    pub(crate) account_id: Option<String>,
    /// The region; `None`: the provider's.
    pub(crate) region: Option<String>,
    /// The delegated administrator, for a delegation.
    pub(crate) delegated_account_id: Option<String>,
    /// The role to act through.
    pub(crate) assume_role: Option<AssumeRole>,
}

/// The accepted forms of ids, for errors.
pub(crate) const FORMS: &str = "<region>, <account>/<region>, SSM-SessionManagerRunShell for the provider's region, \
                         <account>/delegated/<member account> or delegated/<member account>; each may be \
                         followed by ,<role ARN> and ,<external id>";

impl Id {
    /// Parses an id.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(id: &str) -> Result<Self, String> {
        let mut fields = id.splitn(3, ',');
        let place = fields.next().unwrap_or_default();
        let role_arn = fields.next();
        let external_id = fields.next().map(str::to_owned);
        let segments: Vec<_> = place.split('/').collect();
        let (account_id, region, member) = match *segments {
            ["delegated", member] => (None, None, Some(member)),
            [account_id, "delegated", member] => (Some(account_id), None, Some(member)),
            [account_id, region] => (Some(account_id), Some(region), None),
            [DOCUMENT_NAME] => (None, None, None),
            _ => (None, Some(place), None),
        };
        for account_id in [account_id, member].into_iter().flatten() {
            validate_account_id(account_id)?;
        }
        if let Some(region) = region
            && crate::aws::partition::Partition::of_region(region).is_none()
        {
            return Err(format!("{region:?} is not the name of a region"));
        }
        let assume_role = match role_arn {
            None => None,
            Some(role_arn) => {
                validate_role_arn(role_arn, partition_of(role_arn))?;
                Some(AssumeRole {
                    role_arn: role_arn.into(),
                    external_id: external_id.into(),
                    session_name: Field::Null,
                })
            }
        };
        Ok(Self {
            account_id: account_id.map(str::to_owned),
            region: region.map(str::to_owned),
            delegated_account_id: member.map(str::to_owned),
            assume_role,
        })
    }

    /// Reads an identity.
    pub(crate) fn of_identity(identity: &Value) -> Self {
        let text = |name: &str| identity.at(name).as_str().map(str::to_owned);
        Self {
            account_id: text("account_id"),
            region: text("region"),
            delegated_account_id: text("delegated_account_id"),
            assume_role: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_id_is_parsed() {
        let id = |account_id: Option<&str>, region: Option<&str>| Id {
            account_id: account_id.map(str::to_owned),
            region: region.map(str::to_owned),
            delegated_account_id: None,
            assume_role: None,
        };
        assert_eq!(Id::parse("eu-west-1"), Ok(id(None, Some("eu-west-1"))));
        assert_eq!(Id::parse("123456789012/eu-west-1"), Ok(id(Some("123456789012"), Some("eu-west-1"))));
        assert_eq!(Id::parse("SSM-SessionManagerRunShell"), Ok(id(None, None)));
        let member = |id: Id| Id { delegated_account_id: Some("222222222222".to_owned()), ..id };
        assert_eq!(Id::parse("delegated/222222222222"), Ok(member(id(None, None))));
        assert_eq!(Id::parse("123456789012/delegated/222222222222"), Ok(member(id(Some("123456789012"), None))));
        let with_role = Id::parse("eu-west-1,arn:aws:iam::123456789012:role/x,a,b").unwrap();
        let role = with_role.assume_role.unwrap();
        assert_eq!(role.role_arn.text(), Some("arn:aws:iam::123456789012:role/x"));
        assert_eq!(role.external_id.text(), Some("a,b"));
    }

    #[test]
    fn anything_else_is_refused() {
        for id in [
            "",
            "nowhere",
            "12/eu-west-1",
            "123456789012/",
            "eu-west-1,role",
            "123456789012/delegated/1",
            "delegated/",
            "a/b/c/d",
        ] {
            assert!(Id::parse(id).is_err(), "{id}");
        }
    }

    #[test]
    fn a_wrong_role_is_refused_with_an_example() {
        let problem = Id::parse("eu-west-1,role").unwrap_err();
        assert!(problem.contains("arn:aws:iam::"), "{problem}");
    }
}
