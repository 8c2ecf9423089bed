# With a key that exists already. Its policy must let CloudWatch Logs use it for the log group.
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
