"""--help."""

from __future__ import annotations

HELP = """\
Runs a drift check and reports the result to a gitops-status-server.

  gitops_status_reporter.py [ansible] [OPTIONS] [-- ARGUMENTS OF ansible-playbook]
  gitops_status_reporter.py terraform [OPTIONS] [--chdir DIR] [--tool PROGRAM] [-- ARGUMENTS OF plan]
  gitops_status_reporter.py puppet [OPTIONS] [--tool PROGRAM] -- apply MANIFEST | agent [ARGUMENTS]
  gitops_status_reporter.py salt [OPTIONS] [--master | --minions TARGET] [--tool PROGRAM] [-- [SLS] [KEY=VALUE]]
  gitops_status_reporter.py command [OPTIONS] [--in-sync CODES] [--drift CODES] [--names FILE] -- COMMAND
  gitops_status_reporter.py wait [OPTIONS OF wait]

Exit code: 0 in sync, 2 drift, 1 the check or its delivery failed. Of wait: see below.

Options
  --dry-run            print the reports as JSON, send nothing
  --explain            say per host which tasks prove what and which were left out; send nothing (Ansible only)
  --always-zero        exit 0 whatever happens
  --fail-on change     exit 2 only if the server says that the drift is new or has changed (default: drift)
  --after-deploy WORD  in the step after a deploy: "success" says that a drift that is still there is not cured by a deploy
  --any-branch         post even if DEPLOY_BRANCH is another branch
  --take-over          replace the check that spoke for these targets (needed once)
  --adopt-spool URL    send the reports that could not be delivered to URL to this server
  --help

Options of one kind of check
  --chdir DIR          the root module (default: the current directory)
  --tool PROGRAM       the program to run: tofu, /opt/puppetlabs/bin/puppet, ...
  --master             Salt: take the states from the master, not from this machine
  --minions TARGET     Salt, on the master: check the minions that TARGET matches
  --in-sync, --drift   the exit codes (0,3) of the command that prove SYNCED, OUT_OF_SYNC; all others are UNKNOWN
  --names FILE         the command writes what has drifted into FILE, one name per line

Options of wait, which runs no check: it waits until all targets that match are in sync
  --repo, --server, --label KEY:VALUE
                       which targets; each may be given several times. Each repo and server must be that of a target.
                       Default: REPO_NAME, or the repo that CI or git names
  --commit COMMIT      each must be at this commit, given by its first seven or more digits
  --since INSTANT      the check must have begun then or later: now, now-5m, RFC 3339 or epoch seconds
  --max-age SPAN       the check must not be older: 90s, 15m
  --expect N           at least this many targets must match
  --timeout SECONDS    how long to wait (600); 0 looks once
  Exit code: 0 all pass, 2 not all passed in time, 1 it was called wrongly or the server refused the question,
  3 the server did not answer in time, or the token is not allowed to ask. SIGINT and SIGTERM: 1.

Environment
  GITOPS_STATUS_SERVER_URL      the server (required, except for --dry-run and --explain)
  GITOPS_STATUS_TOKEN           its token, or GITOPS_STATUS_TOKEN_FILE, a file that contains it
  REPO_NAME                     default: from the CI or the git remote (owner/name)
  SERVER_NAME                   one report under this name; default: one per host of the inventory. Of other checks: the
                                directory of the root module, the certname, the minion id, the host name
  DRIFT_CHECK_PLAYBOOK          default: ansible/playbooks/drift-check.yml
  DRIFT_CHECK_TIMEOUT           seconds until the check is ended (300)
  EXPECTED_INTERVAL             seconds until the next report is due
  EXPECTED_HOSTS                an Ansible pattern: hosts to report as UNKNOWN if the playbook cannot be read
  STRIP_PREFIX                  cut from paths to make names (/etc/)
  DEPLOY_BRANCH                 the only branch whose checks are posted
  GITOPS_STATUS_CHECK           the name of this check (default: the playbook's path from the repo's root, or what is run)
  GITOPS_STATUS_LABELS          one per line: key=text, or with Ansible key=var:NAME or key=group:PREFIX
  GITOPS_STATUS_COMPARES        more modules that compare in check mode (community.docker.*)
  GITOPS_STATUS_ACCEPT_LEFT_OUT tasks that may be left out or fail unseen: one "role : task" per line, or tags
  GITOPS_STATUS_EMPTY_PATTERNS  patterns in hosts: that may match nothing, one per line
  GITOPS_STATUS_ERROR_TEXT      full: reports have the message of Ansible or the module; default: only the kind of error
  GITOPS_STATUS_SHOW_DIFF       1: the log shows differences, and with them the content of files
  GITOPS_STATUS_SPOOL           where unsent reports wait (~/.local/state/gitops-status); off: they are dropped
  GITOPS_STATUS_TIMEOUT         seconds to wait for an answer of the server (15)

README.md beside this file has the rest; docs/other-sources.md says what the other kinds of check prove.
"""
