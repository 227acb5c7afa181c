#!/usr/bin/env bash
# Deploys what is in Git. Arguments go to ansible-playbook.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
# Said aloud, since Ansible ignores the file in a directory that anybody may write to, as some runners make them.
export ANSIBLE_CONFIG=$PWD/ansible.cfg

ansible-playbook ansible/playbooks/validate.yml
exec ansible-playbook --diff ansible/playbooks/apply.yml "$@"
