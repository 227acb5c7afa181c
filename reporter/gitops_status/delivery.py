"""Posts reports, tries again if that may help, and keeps what could not be delivered."""

from __future__ import annotations

import email.utils
import json
import random
import time

from .client import NoAnswer
from .reports import fitted, size_of

RETRY_DELAYS_S = (1, 2, 4)
RETRY_AFTER_MAX_S = 60
BUDGET_S = 150
FLUSH_MAX = 20
BATCH_REPORTS_MAX = 1000
BATCH_BYTES_MAX = 4000000

AGAIN, DELIVERED, REFUSED, CONFLICT, TOO_LARGE, MISDIRECTED = 'again', 'delivered', 'refused', 'conflict', 'too large', 'misdirected'
# The fault may be in the whole body or in one report: then the others must not be lost with it.
FAULTS = (REFUSED, CONFLICT, TOO_LARGE)


class Outcome:
    def __init__(self, kind, why, answer=None, receipts=()):
        self.kind = kind
        self.why = why
        self.answer = answer
        self.receipts = list(receipts)


class Delivery:
    def __init__(self, client, spool, log, sleep=time.sleep, clock=time.monotonic):
        self.client = client
        self.spool = spool
        self.log = log
        self._sleep = sleep
        self._clock = clock
        self._until = clock() + BUDGET_S
        # {(repo, server): receipt} of delivered reports
        self.receipts = {}
        self.unsent = []

    # ---- One POST

    def post(self, reports, timeout_s=None):
        body = json.dumps(reports[0] if len(reports) == 1 else reports, ensure_ascii=False).encode('utf-8', 'replace')
        try:
            answer = self.client.post_reports(body, timeout_s)
        except NoAnswer as error:
            return Outcome(AGAIN, 'no answer: %s' % error)
        return _classified(answer, reports)

    def _post_patiently(self, reports):
        for attempt in range(len(RETRY_DELAYS_S) + 1):
            outcome = self.post(reports)
            if outcome.kind != AGAIN:
                return outcome
            delay = self._delay(attempt, outcome)
            if delay is None:
                return outcome
            self.log('%s; trying again in %.3f s' % (outcome.why, delay))
            self._sleep(delay)
        return outcome

    def _delay(self, attempt, outcome):
        if attempt >= len(RETRY_DELAYS_S):
            return None
        asked = retry_after_s(outcome.answer)
        if asked > RETRY_AFTER_MAX_S:
            return None  # the spool delivers it next time
        delay = max(RETRY_DELAYS_S[attempt], asked)
        # Jitter: the cron jobs of a whole fleet lost the same server in the same second.
        return delay + random.random() if self._clock() + delay < self._until else None

    # ---- All reports

    def deliver(self, reports):
        """Whether all were delivered."""
        bodies = batches(reports)
        self.unsent = [list(body) for body in bodies]
        delivered = True
        while self.unsent:
            delivered = self._deliver(self.unsent[0], self._post_patiently, self._keep) and delivered
            self.unsent.pop(0)
        return delivered

    def _deliver(self, reports, post, give_up):
        outcome = post(reports)
        if outcome.kind == DELIVERED:
            for report, receipt in zip(reports, outcome.receipts):
                self.receipts[(report['repo'], report['server'])] = receipt
            return True
        if outcome.kind in FAULTS and len(reports) > 1:
            middle = len(reports) // 2
            first = self._deliver(reports[:middle], post, give_up)
            return self._deliver(reports[middle:], post, give_up) and first
        if outcome.kind == TOO_LARGE and (reports[0]['files'] or reports[0].get('resources')):
            self.log('%s: the report is cut' % outcome.why)
            return self._deliver([fitted(reports[0], size_of(reports[0]) // 2)], post, give_up)
        self.explain(outcome, reports)
        give_up(outcome, reports)
        return False

    def _keep(self, outcome, reports):
        if outcome.kind in FAULTS or self.spool.directory is None:
            return
        kept = self.spool.keep(self.client.url, reports)
        self.log('kept for the next run: %s' % kept if kept else 'the report could not be kept for the next run')

    def explain(self, outcome, reports):
        self.log('%s: %s' % (', '.join(report['server'] for report in reports[:5]), outcome.why))
        told = outcome.answer.json() if outcome.answer is not None else None
        if not isinstance(told, dict):
            return
        for text in [told.get('title'), told.get('detail')] + [_error_line(one) for one in (told.get('errors') or [])[:10]]:
            if text:
                self.log('  ' + ''.join(char if char.isprintable() else ' ' for char in str(text))[:500])
        if outcome.kind == CONFLICT:
            self.log('  this check is "%s"; GITOPS_STATUS_CHECK=OLD (the name of the other one) keeps the old name, --take-over takes the target over'
                     % reports[0].get('check', ''))

    # ---- The spool

    def flush(self, adopt=None):
        """One try each: a server that is still down would only delay the new report."""
        foreign, tried = {}, 0
        for entry in self.spool.entries():
            if entry.url != self.client.url and entry.url != (adopt or '').rstrip('/'):
                foreign[entry.url] = foreign.get(entry.url, 0) + 1
                continue
            if tried >= FLUSH_MAX:
                continue
            tried += 1
            if not self._flush_entry(entry):
                break
        for url, count in sorted(foreign.items()):
            self.log('%d unsent report(s) wait for %s: --adopt-spool %s sends them to this server' % (count, url, url))

    def _flush_entry(self, entry):
        """Whether to continue with the next one."""
        refused, waiting = [], []

        def give_up(outcome, reports):
            (refused if outcome.kind in FAULTS else waiting).append((outcome, reports))

        known = dict(self.receipts)
        self._deliver(entry.reports, self.post, give_up)
        self.receipts = known  # nobody needs to know what old reports have changed
        if waiting:
            return False
        if refused:
            self.log('moved aside, because the server refuses it: %s' % (self.spool.set_apart(entry.path, 'refused') or entry.path))
        else:
            self.log('delivered from the spool: %s' % entry.path)
            self.spool.forget(entry)
        return True

    def last_words(self, timeout_s):
        """For an early end: one try each, the rest is kept."""
        for reports in self.unsent:
            outcome = self.post(reports, timeout_s)
            if outcome.kind != DELIVERED:
                self._keep(outcome, reports)


def batches(reports):
    """Lists of reports, none larger than the server accepts in one request."""
    found, size = [], 0
    for report in reports:
        bytes_of = size_of(report)
        if not found or len(found[-1]) >= BATCH_REPORTS_MAX or size + bytes_of > BATCH_BYTES_MAX:
            found.append([])
            size = 0
        found[-1].append(report)
        size += bytes_of
    return found


def _classified(answer, reports):
    why = 'the server answered %d' % answer.status
    if 200 <= answer.status < 300:
        receipts = _receipts(answer, reports)
        if receipts is None:
            # A login page or a proxy can also say 200: a report is delivered if the server says that it recorded it.
            return Outcome(MISDIRECTED, why + ', but not like a gitops-status-server', answer)
        return Outcome(DELIVERED, why, answer, receipts)
    if answer.status in (408, 425, 429) or answer.status >= 500:
        return Outcome(AGAIN, why, answer)
    kind = {400: REFUSED, 415: REFUSED, 422: REFUSED, 409: CONFLICT, 413: TOO_LARGE}.get(answer.status, MISDIRECTED)
    return Outcome(kind, why, answer)


def _receipts(answer, reports):
    told = answer.json()
    told = told if isinstance(told, list) else [told]
    if len(told) != len(reports) or not all(isinstance(one, dict) and 'recorded' in one for one in told):
        return None
    return told


def retry_after_s(answer):
    """Seconds, or an HTTP date."""
    value = (answer.headers.get('Retry-After') if answer is not None else None) or ''
    if value.strip().isdigit():
        return int(value)
    try:
        return max(0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError, IndexError):
        return 0


def _error_line(error):
    if not isinstance(error, dict):
        return str(error)
    return ('%s %s' % (error.get('pointer', ''), error.get('detail') or error.get('message') or json.dumps(error))).strip()
