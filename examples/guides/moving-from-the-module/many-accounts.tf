locals {
  accounts = ["111122223333", "444455556666"]
  regions  = ["eu-west-1", "us-east-1"]

  places = {
    for place in setproduct(local.accounts, local.regions) : join("/", place) => {
      region   = place[1]
      role_arn = "arn:aws:iam::${place[0]}:role/session-manager"
    }
  }
}

import {
  for_each = local.places
  to       = ssmsession_setup.this[each.key]
  id       = "${each.key},${each.value.role_arn}"
}

resource "ssmsession_setup" "this" {
  for_each = local.places

  region      = each.value.region
  assume_role = { role_arn = each.value.role_arn }

  org = {
    organization_name = "Acme"
    organization_unit = "platform"
    environment_type  = "live"
    environment_name  = "audit"
  }
}
