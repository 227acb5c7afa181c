#!/bin/sh
# Are the files of packages as the packages brought them?   dpkg-verify.sh [PACKAGE...]
# Exit code 0: yes. 2: no, and the names are in $NAMES (drifted.txt). 3: it cannot tell.
set -u
names=${NAMES:-drifted.txt}

# dpkg ends with 0 even if files differ: only its output says so.
report=$(LC_ALL=C dpkg --verify-format rpm --verify "$@") || exit 3
if printf '%s\n' "$report" | grep -q '^.\{12\}.* ([^)]*)$'; then
  printf '%s\n' "$report" | grep ' ([^)]*)$' >&2
  echo 'dpkg could not read some files: run it as root' >&2
  exit 3
fi
# Nine marks, a blank, c for a configuration file, a blank, the path.
printf '%s\n' "$report" | sed -n 's/^.\{12\}//p' | sort -u >"$names"
[ ! -s "$names" ] || exit 2
