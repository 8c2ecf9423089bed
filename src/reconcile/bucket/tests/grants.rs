//! Grants of an ACL to others.

use super::*;

fn acl(grants: &str) -> String {
    format!(
        "<AccessControlPolicy><Owner><ID>owner</ID></Owner><AccessControlList>{grants}</AccessControlList>\
         </AccessControlPolicy>"
    )
}

fn grant(kind: &str, grantee: &str, permission: &str) -> String {
    format!(
        "<Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"{kind}\">{grantee}</Grantee>\
         <Permission>{permission}</Permission></Grant>"
    )
}

#[tokio::test]
async fn the_owners_own_grant_is_not_a_foreign_one() {
    let own = acl(&grant("CanonicalUser", "<ID>owner</ID>", "FULL_CONTROL"));
    let aws = Checked::new([call("GetBucketAcl").with(OWNER).text(own)]);
    let grants = aws.buckets().foreign_grants(NAME, ACCOUNT, &run()).await;
    assert_eq!(grants.unwrap(), []);
}

#[tokio::test]
async fn grants_to_groups_and_other_accounts_are_named() {
    let uri = "http://acs.amazonaws.com/groups/s3/LogDelivery";
    let others = grant("Group", &format!("<URI>{uri}</URI>"), "WRITE") + &grant("CanonicalUser", "<ID>x</ID>", "READ");
    let aws = Checked::new([call("GetBucketAcl").text(acl(&others))]);
    let grants = aws.buckets().foreign_grants(NAME, ACCOUNT, &run()).await;
    let grants: Vec<_> = grants.unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(grants, [format!("WRITE to {uri}"), "READ to x".to_owned()]);
}
