#!/bin/sh
# Runs the drift check of a GitOps repo and reports the result: gitops_status_reporter.py beside this file does
# everything.
exec python3 "$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)/gitops_status_reporter.py" "$@"
