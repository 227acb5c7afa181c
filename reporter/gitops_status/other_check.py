"""A check by another tool than Ansible: its source prepares, runs and judges it; this runs the tool and makes the reports."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import time

from .known_targets import targets_of_check
from .labels import label_values
from .observation import Observation
from .other_sources import OTHER_SOURCES
from .processes import Interrupted, run_tool
from .reports import report_of_finding, report_without_record
from .settings import SettingsError
from .source_finding import ProgramOutcome, Refusal, Surroundings
from .source_names import repo_root_of
from .texts import printable, shortened
from .verdict import Problem

# Before the check begins, its tool may be asked for the name of the target.
PREPARING_TIMEOUT_S = 60
# The tool sees the whole environment but these.
SECRET_NAMES = frozenset(('GITOPS_STATUS_TOKEN', 'GITOPS_STATUS_TOKEN_FILE'))


class OtherCheck:
    """One run. `observe` says what it found, also after an interruption."""

    def __init__(self, settings, environment, _plugin_directory, client, log):
        self.settings = settings
        self.client = client
        self.log = log
        self._until = None
        self._timed_out = False
        self._seconds = None
        self._found = []
        self._problem = None
        if settings.options.explain:
            raise SettingsError('--explain works only for Ansible; --dry-run prints what this check finds')
        self._labels = self._own_labels()
        surroundings = Surroundings(
            environ={name: value for name, value in environment.items() if name not in SECRET_NAMES},
            directory=os.getcwd(), repo_root=repo_root_of(os.getcwd()), host_name=socket.gethostname(), now=time.time, run=self._run_program)
        self._prepared = OTHER_SOURCES[settings.options.source].prepare(settings.options.own, settings.options.rest, surroundings)
        self.name = settings.check or shortened(printable(self._prepared.check), 255)

    def run(self):
        started = time.monotonic()
        self._until = started + self.settings.check_timeout_s
        try:
            self._found = self._prepared.run()
        except Interrupted:
            raise
        except Refusal as refusal:
            self.log(str(refusal))
            self._problem = Problem('no_hosts', str(refusal))
        except Exception as error:  # an output that no program of ours understands is no reason for silence
            self._problem = Problem('parse', 'the output of the tool cannot be understood (%s)' % type(error).__name__)
        self._seconds = time.monotonic() - started

    def observe(self, context, interrupted=None):
        """An Observation. `interrupted`: the name of the signal that ended the check, or None."""
        context.common['tool'] = self.settings.options.source
        if self._seconds is not None:
            context.common['duration_ms'] = int(self._seconds * 1000)
        if self._labels is not None:
            context.common['labels'] = self._labels
        problem = self._problem
        if interrupted and not self._found:
            problem = Problem('not_processed', 'the check was interrupted by %s' % interrupted)
        if problem is not None:
            return self._without_findings(problem, context, interrupted)
        reports = [self._report(one, context) for one in self._found]
        return Observation(reports, incomplete=not reports, declared={report['server'] for report in reports})

    def close(self):
        pass

    # ---- Reports

    def _report(self, one, context):
        finding = dict(one.finding)
        if self._timed_out and finding['sync_status'] == 'UNKNOWN':
            finding.update(error_kind='timeout', error='The check did not end within %d s.' % self.settings.check_timeout_s)
        if finding.get('error') and one.tool_text and self.settings.rules.full_texts:
            finding['error'] = ' '.join(('%s %s' % (finding['error'], one.tool_text)).split())
        return dict(report_of_finding(one.server, finding, context), tool=shortened(printable(one.tool), 255))

    def _without_findings(self, problem, context, interrupted):
        """UNKNOWN for the target, or for all of which this check has told before."""
        targets, failed = {self._prepared.server}, False
        if self._prepared.server is None:
            targets, failed = self._asked(interrupted)
        reports = [report_without_record(target, problem, context) for target in sorted(targets)]
        return Observation(reports, incomplete=failed or not reports, declared=targets)

    def _asked(self, interrupted):
        if self.settings.options.dry_run or self.client is None:
            self.log('a dry run does not ask the server which targets this check has reported about')
            return set(), False
        return targets_of_check(self.client, self.settings.repo, self.name, self.log, 5 if interrupted else None)

    def _own_labels(self):
        """None: those that the server has stay. Variables and groups are of an Ansible inventory."""
        if not self.settings.labels:
            return None
        foreign = sorted(key for key, (source, _) in self.settings.labels.items() if source != 'text')
        if foreign:
            self.log('GITOPS_STATUS_LABELS: %s left out: var: and group: work only for Ansible, this check takes key=text' % ', '.join(foreign))
        return label_values(self.settings.labels, lambda _variable: None, ()) or None

    # ---- The tool

    def _run_program(self, argv, environ, directory, capture):
        """Captured output never reaches the log: plans and reports hold secrets. What goes to stderr does."""
        with tempfile.TemporaryFile() as output:
            stdout = output if capture else sys.stderr if self.settings.options.dry_run else None
            limit_s = PREPARING_TIMEOUT_S if self._until is None else max(0, self._until - time.monotonic())
            try:
                ended = run_tool(argv, environ, limit_s, stdout, directory)
            except OSError as error:
                self.log('%s cannot be started: %s' % (argv[0], error))
                return ProgramOutcome(None)
            self._timed_out = self._timed_out or ended.timed_out
            output.seek(0)
            return ProgramOutcome(-15 if ended.timed_out else ended.code, output.read(), ended.stderr.encode())
