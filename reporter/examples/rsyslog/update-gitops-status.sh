#!/usr/bin/env bash
# Runs the drift check, makes the JSON report of what it found, and sends it to the gitops-status-server:
#
#   ansible-playbook --check ──► which files differ ──► JSON ──► POST $GITOPS_STATUS_SERVER_URL/api/v1/reports
#
# Needs GITOPS_STATUS_SERVER_URL (not with --dry-run), python3 and ansible-core. Arguments: --help lists them.
# Exit code: 0 SYNCED, 2 OUT_OF_SYNC, 1 UNKNOWN or not delivered.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
# Set here because Ansible ignores the file in a directory that anybody may write to, as on some runners.
export ANSIBLE_CONFIG=${ANSIBLE_CONFIG:-$PWD/ansible.cfg}

export REPO_NAME=${REPO_NAME:-rsyslog}
export STRIP_PREFIX=${STRIP_PREFIX:-${DEPLOY_ROOT:-}/etc/}

# In a repo of its own, the reporter is in scripts/. Here it is two directories up.
reporter=${GITOPS_STATUS_REPORTER:-scripts/gitops_status_reporter.py}
[[ -f $reporter ]] || reporter=../../gitops_status_reporter.py
if [[ ! -f $reporter ]]; then
  echo 'update-gitops-status.sh: scripts/gitops_status_reporter.py is missing: README.md tells under "Make it your own" what to copy' >&2
  exit 1
fi
exec "$reporter" "$@"
