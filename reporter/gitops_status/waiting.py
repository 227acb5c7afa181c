"""`wait`: asks the server's gate until everything that matches is in sync, and says what keeps it closed."""

from __future__ import annotations

import random
import re
import time

from . import ci
from .client import Client, NoAnswer
from .delivery import retry_after_s
from .other_sources import RefusingParser
from .settings import SettingsError, connection, require_address

WAIT = 'wait'
ASK_AGAIN_S = 50  # proxies give up after a minute
WAIT_TIMEOUT_S = 600
LOOK_AGAIN_S = 5
BACKOFF_MAX_S = 30
BLOCKERS_SHOWN_MAX = 20

PASSED, FAILED, CLOSED, UNREACHED = 0, 1, 2, 3
_RELATIVE = re.compile(r'now(?:-([0-9]{1,9})([smhdw]))?\Z')
_UNIT_S = {'s': 1, 'm': 60, 'h': 3600, 'd': 86400, 'w': 604800}


def wait_for_gate(words, environment, log):
    """The exit code."""
    options = _wait_options(words)
    query = _query_of(options, environment, time.time())
    url, token, answer_timeout_s = connection(environment)
    require_address(url)
    return Gate(Client(url, token, answer_timeout_s), log).wait(query, options.timeout)


def _wait_options(words):
    parser = RefusingParser(prog='gitops_status_reporter.py wait', add_help=False, allow_abbrev=False)
    for name in ('--repo', '--server', '--label'):
        parser.add_argument(name, action='append', default=[])
    for name in ('--commit', '--since', '--max-age', '--expect'):
        parser.add_argument(name)
    parser.add_argument('--timeout', type=int, default=WAIT_TIMEOUT_S)
    options = parser.parse_args(words)
    if options.timeout < 0:
        raise SettingsError('--timeout must be a whole number of seconds, 0 or more')
    return options


def _query_of(options, environment, now):
    repos = options.repo
    if not repos and not options.server and not options.label:
        repos = [environment.get('REPO_NAME') or ci.detect(environment).repo]
        if not repos[0]:
            raise SettingsError("which targets? Name them with --repo, --server or --label; --repo '*' means all")
    named = [('repo', repos), ('server', options.server), ('label', options.label)]
    query = [(name, value) for name, values in named for value in values]
    since = None if options.since is None else _fixed(options.since, now)
    single = [('commit', options.commit), ('since', since), ('max_age', options.max_age), ('expect', options.expect)]
    # An empty value is sent, and refused: a variable of the pipeline is not set.
    return query + [(name, value) for name, value in single if value is not None]


def _fixed(since, now):
    """A relative instant means the same in every request."""
    match = _RELATIVE.match(since.strip())
    if not match:
        return since
    return '%.3f' % (now - int(match.group(1) or 0) * _UNIT_S[match.group(2) or 's'])


class Gate:
    def __init__(self, client, log, sleep=time.sleep, clock=time.monotonic):
        self._client = client
        self._log = log
        self._sleep = sleep
        self._clock = clock
        self._told = None
        self._failures = 0

    def wait(self, query, timeout_s):
        until = self._clock() + timeout_s
        while True:
            began = self._clock()
            wait_s = max(0, min(ASK_AGAIN_S, int(until - began)))
            code, pause_s = self._ask(query, wait_s)
            if code in (PASSED, FAILED) or pause_s is None:
                return code
            if code == CLOSED:
                # A server or a proxy that does not hold the request is asked only after a pause.
                pause_s = max(0, min(wait_s, LOOK_AGAIN_S) - (self._clock() - began))
            left_s = until - self._clock()
            if left_s < 1 or wait_s == 0:
                self._log('it did not pass within %d s' % timeout_s if code == CLOSED else 'no usable answer within %d s' % timeout_s)
                return code
            self._sleep(min(pause_s, left_s))

    def _ask(self, query, wait_s):
        """(exit code if this is final, seconds until the next request is useful: None if final)"""
        try:
            answer = self._client.gate(query + [('wait', str(wait_s))], wait_s + self._client.timeout_s)
        except NoAnswer as error:
            return self._again('no answer: %s' % error, None)
        told = answer.json()
        told = told if isinstance(told, dict) else {}
        if answer.status == 200 and isinstance(told.get('targets'), list):
            self._log('all pass: %d of %d targets' % ((len(told['targets']),) * 2))
            return PASSED, None
        if answer.status == 409 and isinstance(told.get('blocking'), list):
            self._failures = 0
            self._tell(told)
            return CLOSED, 0
        said = 'the server answered %d%s' % (answer.status, ': %s' % told['detail'] if told.get('detail') else '')
        if answer.status in (408, 425, 429) or answer.status >= 500:
            return self._again(said, answer)
        self._log(said)
        return (FAILED if answer.status in (400, 422) else UNREACHED), None

    def _again(self, said, answer):
        pause_s = max(min(BACKOFF_MAX_S, 2 ** self._failures), min(retry_after_s(answer), 2 * BACKOFF_MAX_S)) + random.random()
        self._failures = min(self._failures + 1, 10)
        self._log('%s; asking again in %.1f s' % (said, pause_s))
        return UNREACHED, pause_s

    def _tell(self, told):
        """Once, and again if it has changed."""
        lines = [_line(one) for key in ('missing', 'blocking') for one in told.get(key) or [] if isinstance(one, dict)]
        if lines == self._told:
            return
        self._told = lines
        self._log('waiting: ' + _summary(told))
        for line in lines[:BLOCKERS_SHOWN_MAX]:
            self._log('  ' + line)
        if len(lines) > BLOCKERS_SHOWN_MAX:
            self._log('  ... and more')


def _summary(told):
    matched, missing = told.get('matched', 0), told.get('missing_count', 0)
    said = '%d of %d targets pass' % (matched - told.get('blocking_count', 0), matched)
    return '%s, and %d that you asked for do not match' % (said, missing) if missing else said


def _line(one):
    return '%s: %s' % (' on '.join(str(one[key]) for key in ('repo', 'server') if one.get(key)), one.get('reason'))
