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
