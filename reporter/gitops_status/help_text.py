"""--help."""

from __future__ import annotations

HELP = """\
Runs a drift check and reports what is true to a gitops-status-server.

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
  --fail-on change     exit 2 only where the server says that the drift is new or has changed (default: drift)
  --after-deploy WORD  in the step behind a deploy: with "success", a drift still there is one that no deploy cures
  --any-branch         post although DEPLOY_BRANCH is another branch
  --take-over          speak for targets that another check speaks for (once)
  --adopt-spool URL    send what could not be delivered to URL to this server
  --help

Options of one kind of check
  --chdir DIR          the root module (default: the current directory)
  --tool PROGRAM       the program to run: tofu, /opt/puppetlabs/bin/puppet, ...
  --master             Salt: take the states from the master, not from this machine
  --minions TARGET     Salt, on the master: check the minions that TARGET matches
  --in-sync, --drift   the exit codes (0,3) of the command that prove SYNCED, OUT_OF_SYNC; every other one is UNKNOWN
  --names FILE         the command writes what has drifted into FILE, one name a line

Options of wait, which runs no check: it waits until all targets that match are in sync
  --repo, --server, --label KEY:VALUE
                       which targets; each may be given several times. Each repo and server must be that of a target.
                       Default: REPO_NAME, or the repo that the CI or git tells
  --commit COMMIT      each must be at this commit; its first seven or more digits will do
  --since INSTANT      the check must have begun then or later: now, now-5m, RFC 3339 or epoch seconds
  --max-age SPAN       the check must not be older: 90s, 15m
  --expect N           at least so many targets must match
  --timeout SECONDS    how long to wait (600); 0 looks once
  Exit code: 0 all pass, 2 not all passed in time, 1 it was called wrongly or the server refused the question,
  3 the server did not answer in time, or the token is not allowed to ask. SIGINT and SIGTERM: 1.

Environment
  GITOPS_STATUS_SERVER_URL      the server (required, but for --dry-run and --explain)
  GITOPS_STATUS_TOKEN           its token, or GITOPS_STATUS_TOKEN_FILE, a file that holds it
  REPO_NAME                     default: from the CI or the git remote (owner/name)
  SERVER_NAME                   one report under this name; default: one per host of the inventory. Of other checks: the
                                directory of the root module, the certname, the minion id, the host name
  DRIFT_CHECK_PLAYBOOK          default: ansible/playbooks/drift-check.yml
  DRIFT_CHECK_TIMEOUT           seconds until the check is ended (300)
  EXPECTED_INTERVAL             seconds until the next report is due
  EXPECTED_HOSTS                an Ansible pattern: hosts to report as UNKNOWN where the playbook cannot be read
  STRIP_PREFIX                  cut from paths to make names (/etc/)
  DEPLOY_BRANCH                 the only branch that speaks for the servers
  GITOPS_STATUS_CHECK           the name of this check (the playbook's path from the repo's root; of other checks, what is run)
  GITOPS_STATUS_LABELS          one key=text, or with Ansible key=var:NAME or key=group:PREFIX, a line
  GITOPS_STATUS_COMPARES        further modules that compare in check mode (community.docker.*)
  GITOPS_STATUS_ACCEPT_LEFT_OUT tasks that may be left out or fail unseen: one "role : task" a line, or tags
  GITOPS_STATUS_EMPTY_PATTERNS  patterns in hosts: that may match nothing, one a line
  GITOPS_STATUS_ERROR_TEXT      full: reports carry what Ansible or a module said; default: the kind of error only
  GITOPS_STATUS_SHOW_DIFF       1: the log shows differences, and so the content of files
  GITOPS_STATUS_SPOOL           where unsent reports wait (~/.local/state/gitops-status); off: nowhere
  GITOPS_STATUS_TIMEOUT         seconds that the server has for an answer (15)

README.md beside this file tells the rest, docs/other-sources.md what the other kinds of check prove.
"""
