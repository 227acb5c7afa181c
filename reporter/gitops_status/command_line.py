"""The program: settings, the check, the delivery, the exit code."""

from __future__ import annotations

import datetime
import json
import os
import signal
import sys

from .ansible_source import AnsibleCheck
from .client import Client, NoAnswer
from .delivery import Delivery
from .help_text import HELP
from .other_check import OtherCheck
from .other_sources import OTHER_SOURCES, own_options
from .processes import Interrupted
from .reports import Context
from .settings import Settings, SettingsError, parse_options
from .source_finding import Refusal
from .spool import Spool
from .texts import printable
from .waiting import WAIT, wait_for_gate

LAST_WORDS_TIMEOUT_S = 5  # runners kill the rest after about ten seconds
SHOWN_MAX = 50
SOURCES = dict({'ansible': AnsibleCheck}, **dict.fromkeys(OTHER_SOURCES, OtherCheck))


def log(text):
    """One line, or several if they are for copying."""
    sys.stderr.write('gitops-status: ' + ''.join(printable(line) + '\n' for line in text.split('\n')))
    sys.stderr.flush()


def main(arguments, environment, here):
    os.umask(0o077)  # observations and unsent reports are private to the user
    if arguments[:1] == [WAIT]:
        return _wait(arguments[1:], environment)
    named = bool(arguments) and arguments[0] in SOURCES
    source, arguments = (arguments[0], arguments[1:]) if named else ('ansible', arguments)
    always_zero = '--always-zero' in (arguments[:arguments.index('--')] if '--' in arguments else arguments)
    try:
        own, arguments = own_options(source, arguments) if source in OTHER_SOURCES else (None, arguments)
        options = parse_options(arguments)
        options.source, options.own = source, own
        if options.help:
            sys.stdout.write(HELP)
            return 0
        settings = Settings(environment, options)
        _listen_to_signals()
        code = _Run(settings, SOURCES[source], environment, here).through()
    except (SettingsError, Refusal) as error:
        log(str(error))
        code = 1
    except Interrupted as signal_name:
        log('interrupted by %s before the check began: nothing is reported' % signal_name)
        code = 1
    return 0 if always_zero else code


def _wait(words, environment):
    if '--help' in words or '-h' in words:
        sys.stdout.write(HELP)
        return 0
    _listen_to_signals()
    try:
        return wait_for_gate(words, environment, log)
    except (SettingsError, Refusal) as error:
        log(str(error))
    except Interrupted as signal_name:
        log('interrupted by %s' % signal_name)
    return 1


class _Run:
    def __init__(self, settings, source, environment, here):
        self.settings = settings
        self.silent = settings.options.dry_run or settings.options.explain
        self.client = Client(settings.server_url, settings.token, settings.answer_timeout_s) if settings.server_url else None
        self.check = source(settings, environment, os.path.join(here, 'callback_plugins'), self.client, log)
        settings.check = self.check.name
        self.delivery = None
        self.observation = None
        self.posting = False

    def through(self):
        try:
            self.check.run()
            self.observation = self.check.observe(self._context())
            return self._tell()
        except Interrupted as signal_name:
            _ignore_signals()
            self._say_last_words(str(signal_name))
            return 1
        finally:
            self.check.close()

    def _context(self):
        settings = self.settings
        now = datetime.datetime.now(datetime.timezone.utc)
        last_check = now.strftime('%Y-%m-%dT%H:%M:%S.') + '%03dZ' % (now.microsecond // 1000)
        return Context(repo=settings.repo, server=settings.server, strip_prefix=settings.strip_prefix, common=settings.common_fields(last_check))

    # ---- Messages

    def _tell(self):
        observation, options = self.observation, self.settings.options
        for report in observation.reports:
            _announce(report)
        if options.explain:
            sys.stdout.write(''.join(line + '\n' for line in observation.explanation))
        if options.dry_run:
            reports = observation.reports
            json.dump(reports[0] if len(reports) == 1 else reports, sys.stdout, indent=2)
            sys.stdout.write('\n')
        if options.after_deploy not in (None, 'success'):
            log('--after-deploy "%s" is not "success": the report does not say that a deploy has succeeded' % options.after_deploy)
        why_not = self.settings.why_not_posted()
        delivered = True
        if why_not and not self.silent:
            log('not posted: %s' % why_not)
        elif not self.silent:
            delivered = self._post()
        return self._exit_code(delivered)

    def _post(self):
        self.posting = True
        self.delivery = self._new_delivery()
        self.delivery.unsent = [self.observation.reports] if self.observation.reports else []
        unsent = self.delivery.unsent
        self.delivery.flush(self.settings.options.adopt_spool)
        self.delivery.unsent = unsent
        delivered = self.delivery.deliver(self.observation.reports)
        self._announce_receipts()
        self._declare()
        return delivered

    def _new_delivery(self):
        return Delivery(self.client, Spool(self.settings.spool, self.settings.repo, self.settings.check), log)

    def _announce_receipts(self):
        for (_, server), receipt in sorted(self.delivery.receipts.items()):
            since = receipt.get('since')
            log('recorded %s: %s%s' % (server, receipt.get('change', '?'), ' since %s' % since if since else ''))

    def _declare(self):
        """Servers of this check that the server does not know: it should notice if they stay silent."""
        reported = {server for _, server in self.delivery.receipts}
        pending = [server for server in self.observation.declared if server not in reported]
        if not pending:
            return
        try:
            answer = self.client.status_of(self.settings.repo)
            rows = answer.json() if answer.status == 200 else None
            known = {row.get('server') for row in rows if isinstance(row, dict)} if isinstance(rows, list) else set()
            for server in pending:
                if server in known:
                    continue
                answer = self.client.declare(self.settings.repo, server)
                if answer.status >= 300:
                    log('%s could not be declared as expected: the server answered %d' % (server, answer.status))
                    return
        except NoAnswer as error:
            log('expected servers could not be declared: %s' % error)

    # ---- The end

    def _exit_code(self, delivered):
        observation = self.observation
        if not delivered or observation.incomplete or not observation.reports:
            return 1
        statuses = {report['sync_status'] for report in observation.reports}
        if statuses == {'SYNCED'}:
            return 0
        if 'UNKNOWN' in statuses:
            return 1
        return 0 if self._is_known_drift() else 2

    def _is_known_drift(self):
        """
        Only if the server says that this same finding was there before. A duplicate is a retry whose first answer was
        lost, so its meaning is unknown: that counts as news.
        """
        if self.settings.options.fail_on != 'change' or self.delivery is None:
            return False
        drifted = [report for report in self.observation.reports if report['sync_status'] == 'OUT_OF_SYNC']
        receipts = [self.delivery.receipts.get((report['repo'], report['server']), {}) for report in drifted]
        return all(receipt.get('recorded') == 'new' and receipt.get('change') == 'unchanged' for receipt in receipts)

    def _say_last_words(self, signal_name):
        if self.silent or self.settings.why_not_posted():
            return
        if self.observation is None:
            self.observation = self.check.observe(self._context(), signal_name)
        if self.delivery is None:
            self.delivery = self._new_delivery()
            self.delivery.unsent = [self.observation.reports] if self.observation.reports else []
        self.delivery.last_words(LAST_WORDS_TIMEOUT_S)


def _announce(report):
    said = '%s on %s: %s' % (report['repo'], report['server'], report['sync_status'])
    if report.get('error'):
        said += ' (%s: %s)' % (report['error_kind'], report['error'])
    if report['drift_count']:
        said += ', %s%d drifted' % ('at least ' if report.get('partial') else '', report['drift_count'])
    log(said)
    for entry in report['files'][:SHOWN_MAX]:
        log('  ' + ': '.join(entry[key] for key in ('change', 'name') if entry.get(key)))
    for entry in report.get('resources', [])[:SHOWN_MAX]:
        log('  %s: %s (%s, %s)' % (entry['change'], entry.get('name') or '-', entry['task'], entry['module']))


def _listen_to_signals():
    for name in ('SIGHUP', 'SIGINT', 'SIGTERM'):
        signal.signal(getattr(signal, name), lambda _number, _frame, name=name: _interrupt(name))


def _interrupt(name):
    _ignore_signals()
    raise Interrupted(name)


def _ignore_signals():
    for name in ('SIGHUP', 'SIGINT', 'SIGTERM'):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
