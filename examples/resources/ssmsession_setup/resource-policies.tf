# The permissions that sessions need, attached before the first session: set `document.enabled` to true
# after the policies are attached.
resource "ssmsession_setup" "this" {
  org = {
    organization_name = "Acme"
    organization_unit = "platform"
    environment_type  = "live"
    environment_name  = "audit"
  }

  settings = {
    session = {
      node_tags = { team = "platform" }
    }
    document = {
      enabled = false
    }
  }
}

# Each output is the JSON of a policy, for example for the argument `policy` of an aws_iam_role_policy.
output "instance_policy" {
  description = "For the role of managed nodes."
  value       = ssmsession_setup.this.policies.instance
}

output "user_policy" {
  description = "For people who start sessions on nodes of the team."
  value       = ssmsession_setup.this.policies.user
}
