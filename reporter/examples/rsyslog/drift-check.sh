#!/usr/bin/env bash
# Compares the servers with Git and reports what it finds. Arguments go to update-gitops-status.sh.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
# Said aloud, since Ansible ignores the file in a directory that anybody may write to, as some runners make them.
export ANSIBLE_CONFIG=$PWD/ansible.cfg

# A repo of its own keeps the script and its plugin in scripts/. Here they are two directories up.
reporter=${GITOPS_STATUS_REPORTER:-scripts/update-gitops-status.sh}
[[ -x $reporter ]] || reporter=../../update-gitops-status.sh

export REPO_NAME=${REPO_NAME:-rsyslog}
export STRIP_PREFIX=${STRIP_PREFIX:-${DEPLOY_ROOT:-}/etc/}
exec "$reporter" "$@"
