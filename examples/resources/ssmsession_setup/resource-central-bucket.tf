# With the audit bucket of a central account. This account may write to it but not manage it.
resource "ssmsession_setup" "this" {
  org = {
    organization_name = "Acme"
    organization_unit = "platform"
    environment_type  = "live"
    environment_name  = "audit"
  }

  settings = {
    bucket = {
      create      = false
      name        = "acme-central-session-logs"
      account_id  = "111122223333"
      kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
      key_prefix  = "accounts/audit/"
    }
  }
}
