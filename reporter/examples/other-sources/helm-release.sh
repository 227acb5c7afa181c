#!/bin/sh
# Is a release in the cluster what the chart of this commit says?   helm-release.sh RELEASE CHART [HELM ARGUMENTS]
# Needs the plugin helm-diff. Exit code 0: yes. 2: no. 3: it cannot tell.
set -u
release=$1 chart=$2
shift 2

said=$(mktemp) || exit 3
trap 'rm -f "$said"' EXIT

# Without --three-way-merge the cluster is not read: the chart is compared with Helm's own record. The differences are
# not printed, because they have the content of the objects.
helm diff upgrade "$release" "$chart" "$@" --three-way-merge --detailed-exitcode --no-color >/dev/null 2>"$said"
code=$?
cat "$said" >&2
# It has ended with 0 after an error.
! grep -qi '^error' "$said" || exit 3
case $code in
  0 | 2) exit "$code" ;;
  *) exit 3 ;;
esac
