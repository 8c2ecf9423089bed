# Systems Manager of the whole organization, delegated to a member account. Applied in the management account.
resource "ssmsession_setup" "delegation" {
  org = {
    organization_name = "Acme"
    organization_unit = "platform"
    environment_type  = "live"
    environment_name  = "audit"
  }

  settings = {
    organization = {
      delegated             = true
      account_id            = "111122223333"
      enable_trusted_access = true
    }
  }
}
