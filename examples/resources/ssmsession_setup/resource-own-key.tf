# With an existing key. Its policy must allow CloudWatch Logs to use it for the log group.
resource "ssmsession_setup" "this" {
  org = {
    organization_name = "Acme"
    organization_unit = "platform"
    environment_type  = "live"
    environment_name  = "audit"
  }

  settings = {
    kms = {
      enabled   = false
      key_alias = "security/session-logs"
    }
    cloudwatch = {
      enabled = true
    }
  }
}
