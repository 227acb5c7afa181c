#!/bin/sh
# Is a Kustomization in the cluster what this commit says?   flux-kustomization.sh NAME PATH [FLUX ARGUMENTS]
# Exit code 0: yes. 2: no, and the names are in $NAMES (drifted.txt). 3: it cannot tell.
set -u
name=$1 path=$2 names=${NAMES:-drifted.txt}
shift 2

# Nested Kustomizations are compared only with --recursive, which also wants --local-sources.
printed=$(flux diff kustomization "$name" --path "$path" --progress-bar=false "$@")
code=$?
[ "$code" -eq 0 ] && exit 0
[ "$code" -eq 1 ] || exit 3
# Some errors also end with 1, so drift is only what is named: "► Deployment/default/app drifted".
printf '%s\n' "$printed" | sed -n 's/^[^A-Za-z]*\([A-Za-z][A-Za-z0-9]*\/[^ ]*\) \(drifted\|created\|deleted\)$/\1/p' | sort -u >"$names"
[ -s "$names" ] && exit 2
echo 'flux ended with 1, but names no object that differs' >&2
exit 3
