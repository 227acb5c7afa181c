#!/bin/sh
# Is a checkout exactly what a commit says?   git-checkout.sh DIRECTORY COMMIT
# Exit code 0: yes. 2: no, and the names are in $NAMES (drifted.txt). 3: it cannot tell.
set -u
directory=$1 commit=$2 names=${NAMES:-drifted.txt}

# Settings that hide differences are reset.
in_checkout() {
  command git -c core.fileMode=true -c core.fsmonitor=false -c core.untrackedCache=false -c core.quotePath=false \
    -c diff.ignoreSubmodules=none -C "$directory" "$@"
}

in_checkout rev-parse --quiet --verify "$commit^{commit}" >/dev/null || exit 3

# Git ignores changes to these files: lower-case letters are assume-unchanged, S is skip-worktree.
marks=$(in_checkout ls-files -v) || exit 3
if printf '%s\n' "$marks" | grep -q '^[a-zS] '; then
  echo 'some files are marked assume-unchanged or skip-worktree: git does not compare them' >&2
  exit 3
fi

# With the commit named, this also sees staged changes.
changed=$(in_checkout diff --no-ext-diff --no-renames --name-only "$commit" --) || exit 3
# Files in .gitignore are left out. Remove the option if the directory must have only the files of the commit.
untracked=$(in_checkout ls-files --others --exclude-standard) || exit 3

printf '%s\n' "$changed" "$untracked" | grep -v '^$' >"$names"
[ ! -s "$names" ] || exit 2
