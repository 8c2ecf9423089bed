# Checks the preferences of Session Manager in this account and region, whoever wrote them.
data "ssmsession_preferences" "this" {}

check "session_manager" {
  assert {
    condition     = alltrue([for finding in data.ssmsession_preferences.this.findings : finding.severity != "error"])
    error_message = join("\n", [for finding in data.ssmsession_preferences.this.findings : "${finding.detail} ${finding.remedy}"])
  }
}

output "session_log_bucket" {
  description = "The bucket for the logs of sessions; null without preferences."
  value       = data.ssmsession_preferences.this.s3_bucket_name
}
