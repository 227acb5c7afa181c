#!/usr/bin/env bash
# Deploys the content of Git. Needs only Ansible. Arguments go to ansible-playbook. --diff shows what changes, and so
# the content of files, which does not belong into the log of a CI.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
# Set here because Ansible ignores the file in a directory that anybody may write to, as on some runners.
export ANSIBLE_CONFIG=${ANSIBLE_CONFIG:-$PWD/ansible.cfg}

ansible-playbook ansible/playbooks/validate.yml
exec ansible-playbook ansible/playbooks/apply.yml "$@"
