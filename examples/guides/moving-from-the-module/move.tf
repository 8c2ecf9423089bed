removed {
  from = module.session_management

  lifecycle {
    destroy = false
  }
}

import {
  to = ssmsession_setup.this
  id = "eu-west-1"
}

resource "ssmsession_setup" "this" {
  org = {
    organization_name = "Acme"
    organization_unit = "platform"
    environment_type  = "live"
    environment_name  = "audit"
  }
  spoke_def = "001"

  settings = provider::ssmsession::settings({
    cloudwatch = {
      enabled   = true
      retention = 14
    }
    session = {
      timeout = 15
    }
  })
}
