terraform {
  required_providers {
    ssmsession = {
      source = "cloudopsworks/ssmsession"
    }
  }
}

provider "ssmsession" {
  region = "eu-west-1"
}

resource "ssmsession_setup" "this" {
  org = {
    organization_name = "Acme"
    organization_unit = "platform"
    environment_type  = "live"
    environment_name  = "audit"
  }

  settings = {
    session = {
      timeout = 15
    }
    cloudwatch = {
      enabled      = true
      retention    = 30
      skip_destroy = false # The demo leaves nothing; by default a destroy keeps the logs.
    }
  }
}

output "bucket" {
  value = ssmsession_setup.this.bucket.name
}

output "key_arn" {
  value = ssmsession_setup.this.kms_key.arn
}

output "log_group" {
  value = ssmsession_setup.this.log_group.name
}

output "document" {
  value = ssmsession_setup.this.document.name
}
