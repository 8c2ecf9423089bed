# With CloudWatch Logs in addition to the bucket, and a key that rotates twice a year.
resource "ssmsession_setup" "this" {
  org = {
    organization_name = "Acme"
    organization_unit = "platform"
    environment_type  = "live"
    environment_name  = "audit"
  }
  spoke_def = "002"

  extra_tags = {
    cost-center = "security"
  }

  settings = {
    allowed_iam_role_arns = ["arn:aws:iam::111122223333:role/managed-node"]

    kms = {
      alias_name              = "session-logs"
      deletion_window         = 14
      rotation_period_in_days = 180
    }
    session = {
      timeout      = 15
      max_duration = 480
      shell_profile = {
        linux   = "cd ~ && exec bash"
        windows = "Set-Location ~"
      }
    }
    audit = {
      transition_days = 45
      archive_days    = 90
      retention_years = 7
    }
    cloudwatch = {
      enabled   = true
      retention = 90
      streaming = true
    }
    bucket = {
      versioning         = true
      bucket_key_enabled = true
    }
  }
}

output "audit_bucket" {
  description = "Where the logs of sessions go."
  value       = ssmsession_setup.this.bucket.name
}

output "key_arn" {
  description = "The key that encrypts sessions and their logs."
  value       = ssmsession_setup.this.kms_key.arn
}
