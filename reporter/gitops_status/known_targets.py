"""The targets of a check according to the server: for a run that ended before it knew them itself."""

from __future__ import annotations

from .client import NoAnswer


def targets_of_check(client, repo, check, log, timeout_s=None):
    """(the targets whose newest report is from this same check, whether the server did not answer)"""
    try:
        answer = client.status_of(repo, timeout_s)
    except NoAnswer as error:
        log('the server cannot be asked which servers this check has reported about: %s' % error)
        return set(), True
    rows = answer.json()
    if answer.status != 200 or not isinstance(rows, list):
        log('the server does not tell which servers this check has reported about: it answered %d' % answer.status)
        return set(), True
    mine = [row for row in rows if isinstance(row, dict) and row.get('repo') == repo and row.get('check') == check]
    return {row['server'] for row in mine if isinstance(row.get('server'), str)}, False
