#!/usr/bin/env bash
# Compares the servers with Git, on this terminal: sends nothing, and needs nothing but Ansible.
# Arguments go to ansible-playbook (--diff shows the differences, and so the content of files).
# It knows what Ansible prints, and so less than update-gitops-status.sh: a task that check mode leaves out is not missed.
# Exit code: 0 nothing would change, 2 something would, 1 it could not be told.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
# Set here because Ansible ignores the file in a directory that anybody may write to, as on some runners.
export ANSIBLE_CONFIG=${ANSIBLE_CONFIG:-$PWD/ansible.cfg}
# The verdict is read from the recap, in the form of Ansible's own output.
export ANSIBLE_STDOUT_CALLBACK=default ANSIBLE_NOCOLOR=1 ANSIBLE_FORCE_COLOR=0

log=$(mktemp)
trap 'rm -f "$log"' EXIT

outcome=0
ansible-playbook --check ansible/playbooks/drift-check.yml "$@" | tee "$log" || outcome=$?

# One line per host: "rsyslog-lab : ok=5 changed=1 unreachable=0 failed=0 skipped=0 rescued=0 ignored=0"
read -r hosts drifted unsure < <(awk '
  /^PLAY RECAP/ { recap = 1; next }
  recap && / : ok=/ {
    hosts++
    if ($0 ~ / changed=[1-9]/) drifted++
    if ($0 ~ / ok=0 / || $0 ~ / (unreachable|failed|rescued|ignored)=[1-9]/) unsure++
  }
  END { print hosts + 0, drifted + 0, unsure + 0 }' "$log")

if ((outcome != 0 || hosts == 0 || unsure > 0)); then
  echo "drift-check.sh: the check could not be completed ($hosts hosts, $drifted with drift, $unsure not checked to the end)" >&2
  exit 1
elif ((drifted > 0)); then
  echo "drift-check.sh: OUT_OF_SYNC: a deploy would change $drifted of $hosts hosts" >&2
  exit 2
fi
echo "drift-check.sh: SYNCED: a deploy would change nothing on $hosts hosts" >&2
