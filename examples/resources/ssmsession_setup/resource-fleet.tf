# Many accounts and regions from one block: each instance assumes the role of its account.
locals {
  accounts = {
    audit   = "111122223333"
    billing = "444455556666"
  }
  regions = ["eu-west-1", "eu-central-1"]

  places = {
    for place in setproduct(keys(local.accounts), local.regions) :
    join("/", place) => { environment = place[0], account_id = local.accounts[place[0]], region = place[1] }
  }
}

resource "ssmsession_setup" "fleet" {
  for_each = local.places

  region = each.value.region
  assume_role = {
    role_arn = "arn:aws:iam::${each.value.account_id}:role/session-manager-setup"
  }

  org = {
    organization_name = "Acme"
    organization_unit = "platform"
    environment_type  = "live"
    environment_name  = each.value.environment
  }
}

output "audit_buckets" {
  description = "Where the logs of sessions go, by account and region."
  value       = { for place, setup in ssmsession_setup.fleet : place => setup.bucket.name }
}
