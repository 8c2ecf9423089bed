variable "org" {
  type = object({
    organization_name = string
    organization_unit = string
    environment_type  = string
    environment_name  = string
  })
}

variable "spoke_def" {
  type    = string
  default = "001"
}

variable "is_hub" {
  type    = bool
  default = false
}

variable "extra_tags" {
  type    = map(string)
  default = {}
}

variable "settings" {
  type    = any
  default = {}
}

variable "import_id" {
  description = "The region of the setup to import; empty after the import."
  type        = string
  default     = ""
}

import {
  for_each = toset(compact([var.import_id]))
  to       = ssmsession_setup.this
  id       = each.value
}

resource "ssmsession_setup" "this" {
  org        = var.org
  spoke_def  = var.spoke_def
  is_hub     = var.is_hub
  extra_tags = var.extra_tags
  settings   = provider::ssmsession::settings(var.settings)
}
