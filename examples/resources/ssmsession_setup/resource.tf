# The preferences of Session Manager for the account and region of the provider: sessions end after
# 20 idle minutes, and their logs go to an encrypted bucket.
resource "ssmsession_setup" "this" {
  org = {
    organization_name = "Acme"
    organization_unit = "platform"
    environment_type  = "live"
    environment_name  = "audit"
  }
}
