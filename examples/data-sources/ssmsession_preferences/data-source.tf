# Checks what Session Manager does in this account and region, whoever set it up.
data "ssmsession_preferences" "this" {}

check "session_manager" {
  assert {
    condition     = alltrue([for finding in data.ssmsession_preferences.this.findings : finding.severity != "error"])
    error_message = join("\n", [for finding in data.ssmsession_preferences.this.findings : "${finding.detail} ${finding.remedy}"])
  }
}

output "session_log_bucket" {
  description = "Where the logs of sessions go; null without preferences."
  value       = data.ssmsession_preferences.this.s3_bucket_name
}
