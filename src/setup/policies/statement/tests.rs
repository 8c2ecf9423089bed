//! The resource of a prefix, and the key of a reference.

use super::*;

#[test]
fn objects_have_the_names_that_the_agent_gives_them() {
    for (prefix, objects) in [
        ("session-manager/", "logs/session-manager/*"),
        ("session-manager", "logs/session-manager/*"),
        ("", "logs/*"),
        ("a//b/./c/", "logs/a/b/c/*"),
        ("a/../b", "logs/b/*"),
        ("../b", "logs/../b/*"),
        ("/a", "logs//a/*"),
        ("/../a", "logs//a/*"),
        ("a*?$b", "logs/a${*}${?}${$}b/*"),
    ] {
        assert_eq!(objects_arn("logs", prefix), objects, "{prefix:?}");
    }
}

#[test]
fn every_reference_names_its_key() {
    let place = Place::new("123456789012", "aws", "us-east-1");
    let foreign = "arn:aws:kms:eu-west-1:210987654321:";
    let alias =
        |keys_arn: &str| Some(KeyName::Alias { keys_arn: keys_arn.to_owned(), alias_name: "alias/x".to_owned() });
    let here = "arn:aws:kms:us-east-1:123456789012:key/";
    for (reference, name) in [
        ("1234", Some(KeyName::Arn(format!("{here}1234")))),
        ("arn:aws:kms:eu-west-1:210987654321:key/1234", Some(KeyName::Arn(format!("{foreign}key/1234")))),
        ("alias/x", alias(&format!("{here}*"))),
        ("arn:aws:kms:eu-west-1:210987654321:alias/x", alias(&format!("{foreign}key/*"))),
        ("alias/aws/s3", None),
        ("arn:aws:kms:eu-west-1:210987654321:alias/aws/s3", None),
    ] {
        assert_eq!(KeyName::of(&place, reference), name, "{reference}");
    }
}
