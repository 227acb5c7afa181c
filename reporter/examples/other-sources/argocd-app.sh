#!/bin/sh
# Is an application in the cluster what a commit says?   argocd-app.sh APPLICATION COMMIT [ARGOCD ARGUMENTS]
# Exit code 0: yes (but for Secrets, which argocd leaves out). 2: no. 3: it cannot tell.
set -u
application=$1 commit=$2
shift 2

# The code for a difference must differ from those of errors: those are 1, 2 or 20, by release. A release without the
# option ends with an error, which is right. The differences are not printed, because they have the content of the
# objects.
argocd app diff "$application" --revision "$commit" --hard-refresh --exit-code --diff-exit-code 42 "$@" >/dev/null
case $? in
  0) exit 0 ;;
  42) exit 2 ;;
  *) exit 3 ;;
esac
