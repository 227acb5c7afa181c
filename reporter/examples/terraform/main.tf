# Small enough to try on any machine: a file is the resource, and editing it is the drift.
terraform {
  required_version = ">= 1.6"

  required_providers {
    local = {
      source  = "hashicorp/local"
      version = "~> 2.5"
    }
  }

  # In CI the state must outlive the job: with a state that is lost, a plan cannot tell drift from a first apply.
  # backend "s3" {}
}

resource "local_file" "motd" {
  filename        = "${path.root}/out/motd"
  content         = "Managed by Git.\n"
  file_permission = "0644"
}

# A failing check is drift too.
check "motd" {
  assert {
    condition     = strcontains(local_file.motd.content, "Git")
    error_message = "The greeting no longer says who manages it."
  }
}
