"""The Ansible check: runs the playbook in check mode, reads what the plugin wrote, and asks if that is not enough."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile

from .ansible_settings import environment_of_check
from .explain import explanation_of
from .known_targets import targets_of_check
from .observation import Observation
from .processes import Ended, run_tool
from .record import FORMAT, bare, read_record
from .reports import machine_name, report_without_record, reports_of, targets_of
from .settings import SettingsError
from .source_names import repo_root_of
from .texts import printable, server_name, shortened
from .verdict import LOCALHOSTS, Problem, judge

LISTING_TIMEOUT_S = 60
DEFAULT_PLAYBOOK = 'ansible/playbooks/drift-check.yml'


class AnsibleCheck:
    """One run. `observe` returns its findings, even after an interruption."""

    tool = 'ansible'

    def __init__(self, settings, environment, plugin_directory, client, log):
        self.settings = settings
        self.environment = environment
        self.plugin_directory = plugin_directory
        self.client = client
        self.log = log
        self.playbook = environment.get('DRIFT_CHECK_PLAYBOOK') or DEFAULT_PLAYBOOK
        self.arguments = settings.options.rest
        _refuse_old_settings(environment)
        self.name = settings.check or shortened(printable(path_in_repo(self.playbook)), 255)
        self._work = tempfile.TemporaryDirectory(prefix='gitops-status-')
        self._record_path = os.path.join(self._work.name, 'record.jsonl')
        self._ended = None

    def run(self):
        child, ansible = environment_of_check(self.environment, os.getcwd(), self.plugin_directory, self._record_path)
        plugin = os.path.join(self.plugin_directory, 'gitops_status.py')
        if not os.path.exists(plugin):
            self.log('the callback plugin is missing: %s' % plugin)
            self._ended = Ended(1, False, '', 0)
            return
        printing = ansible.printing(self.arguments)
        if printing:
            self.log('%s prints the results of tasks into this log, perhaps with the content of files; the report has none of it' % printing)
        command = ['ansible-playbook', '--check', '--diff', self.playbook] + self.arguments
        to_stdout = not (self.settings.options.dry_run or self.settings.options.explain)
        try:
            self._ended = run_tool(command, child, self.settings.check_timeout_s, None if to_stdout else sys.stderr)
        except OSError as error:
            self.log('ansible-playbook cannot be started: %s' % error)
            self._ended = Ended(1, False, '', 0)

    def observe(self, context, interrupted=None):
        """An Observation. `interrupted`: the name of the signal that ended the check, or None."""
        record = self._record()
        problem = self._problem(record, interrupted)
        context.common['tool'] = record.tool
        if self._ended is not None:
            context.common['duration_ms'] = int(self._ended.seconds * 1000)
        try:
            verdicts = judge(record, self.settings.rules, problem)
        except Exception as error:  # observations that our code does not understand must still lead to a report
            problem = problem or Problem('parse', 'the observations cannot be understood (%s)' % type(error).__name__, stops=True)
            record = bare(record)
            verdicts = judge(record, self.settings.rules, problem)
        reports = reports_of(verdicts, context)
        self._say_names(verdicts, context)
        self._say_hints(verdicts)
        incomplete = False
        if record.unparsed or not record.hosts:
            told, incomplete = self._without_inventory(_inventory_problem(record) if record.unparsed else problem, reports, context, interrupted)
            reports += told
        for name in record.unknown_in_limit:
            self.log('--limit names "%s", which is not in the inventory: nothing is reported for it' % name)
            incomplete = True
        return Observation(reports, incomplete, self._declared(record, verdicts, context), explanation_of(verdicts))

    def close(self):
        self._work.cleanup()

    def _record(self):
        try:
            with open(self._record_path, encoding='utf-8', errors='surrogatepass') as stream:
                return read_record(stream)
        except OSError:
            return read_record(())

    # ---- Why nothing of the run may be SYNCED

    def _problem(self, record, interrupted):
        if interrupted:
            return Problem('not_processed', 'the check was interrupted by %s' % interrupted, stops=True)
        ended = self._ended
        if ended.timed_out:
            return Problem('timeout', 'the check did not end within %d s' % self.settings.check_timeout_s, stops=True)
        if ended.code < 0 or ended.code > 128:
            return Problem('not_processed', 'ansible-playbook was killed by signal %d' % (-ended.code if ended.code < 0 else ended.code - 128), stops=True)
        said = first_error(ended.stderr)
        if re.search(r'no hosts to target|does not match any hosts', said):
            return self._said('no_hosts', '--limit matches no host of the inventory', said)
        if not record.started:
            return self._said('parse', self._without_start(ended), said)
        if ended.code not in (0, 2, 4):
            return self._said('not_processed', 'ansible-playbook ended with exit code %d' % ended.code, said)
        return self._problem_of_record(record, ended, said)

    def _without_start(self, ended):
        if not os.path.exists(os.path.join(self.plugin_directory, 'gitops_status.py')):
            return 'the callback plugin is missing'
        return 'ansible-playbook ended with exit code %d before the first play' % ended.code

    def _problem_of_record(self, record, ended, said):
        if record.format != FORMAT:
            return Problem('parse', 'the plugin and the reporter have different versions: copy both files again', stops=True)
        if record.broken or record.cut:
            return Problem('parse', 'the callback plugin failed: %s' % (record.broken or 'it wrote no JSON'), stops=True)
        if not record.complete:
            return self._said('not_processed', 'the run ended before its end', said)
        if not record.check_mode:
            return Problem('parse', 'the run was not in check mode', stops=True)
        if not record.hosts:
            return Problem('no_hosts', 'the playbook matches no host of the inventory', stops=True)
        if ended.code != 0 and not any(_has_failed(host) for host in record.hosts.values()):
            return self._said('not_processed', 'ansible-playbook ended with exit code %d' % ended.code, said)
        return None

    def _said(self, kind, own, said):
        return Problem(kind, '%s: %s' % (own, said) if said and self.settings.rules.full_texts else own, stops=True)

    # ---- Hosts that the run does not name

    def _without_inventory(self, problem, reports, context, interrupted):
        """(reports, whether a report is missing that should be there)."""
        if self.settings.server:
            return ([] if reports else [report_without_record(self.settings.server, problem, context)]), False
        known = self._listed(self.environment['EXPECTED_HOSTS']) if self.environment.get('EXPECTED_HOSTS') else set()
        limited = any(re.match(r'(-l|--limit\b)', one) for one in self.arguments)
        asked = set()
        failed = False
        if self.settings.options.dry_run or self.settings.options.explain or self.client is None:
            self.log('a dry run does not ask the server which targets this check has reported about')
        elif problem.kind != 'no_hosts' or not limited:
            asked, failed = targets_of_check(self.client, self.settings.repo, self.name, self.log, 5 if interrupted else None)
        if limited and asked:
            asked &= self._listed('all')
        already = {report['server'] for report in reports}
        targets = sorted((known | asked) - already)
        if not targets and not reports and not failed:
            self.log('there is no host to report about: set SERVER_NAME, or fix the inventory')
        return [report_without_record(target, problem, context) for target in targets], failed or not (targets or reports)

    def _listed(self, pattern):
        """Ansible's own listing of the check's inventory."""
        options = []
        for short, long in (('-i', '--inventory'), ('-l', '--limit')):
            for value in values_of_option(self.arguments, short, long):
                options += [short, value]
        try:
            environment = {name: value for name, value in self.environment.items() if name != 'GITOPS_STATUS_TOKEN'}
            listing = subprocess.run(['ansible', pattern, '--list-hosts'] + options, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                     stderr=subprocess.DEVNULL, env=environment, timeout=LISTING_TIMEOUT_S, check=False)
        except (OSError, subprocess.SubprocessError):
            return set()
        lines = listing.stdout.decode('utf-8', 'replace').splitlines()
        return {server_name(line.strip()) for line in lines if line.startswith('    ') and line.strip()}

    def _say_hints(self, verdicts):
        wanted = {}
        for variable, lines in (hint for verdict in verdicts for hint in verdict.hints):
            wanted.setdefault(variable, {}).update(dict.fromkeys(lines))
        for variable, lines in wanted.items():
            self.log("to accept that, set: %s='%s'" % (variable, '\n'.join(lines)))

    # ---- Names

    def _say_names(self, verdicts, context):
        for target, group in targets_of(verdicts, context).items():
            if not context.server and any(verdict.host in LOCALHOSTS for verdict in group) and target == machine_name():
                self.log('the playbook is for localhost: reported as %s, the name of this machine (set SERVER_NAME to change it)' % target)

    def _declared(self, record, verdicts, context):
        if context.server:
            return [context.server]
        if not record.started or record.unparsed:
            return []
        hosts = [name for name in record.named if not (name in record.hosts and record.hosts[name].implicit)]
        only_local = bool(verdicts) and all(verdict.host in LOCALHOSTS for verdict in verdicts)
        return {machine_name() if name in LOCALHOSTS and only_local else server_name(name) for name in hosts}


def _has_failed(host):
    counts = host.counts or {}
    return counts.get('failures', 0) > 0 or counts.get('dark', 0) > 0 or any(result['kind'] == 'unreachable' for result in host.results)


def _inventory_problem(record):
    return Problem('no_hosts' if not record.hosts else 'parse', 'the inventory source %s cannot be parsed' % ', '.join(record.unparsed), stops=True)


def _refuse_old_settings(environment):
    source = environment.get('DRIFT_SOURCE', 'plugin')
    if source not in ('', 'plugin'):
        raise SettingsError("DRIFT_SOURCE '%s' no longer works: the callback plugin is the only source; remove DRIFT_SOURCE" % source)
    if environment.get('SHOW_DIFF'):
        raise SettingsError('SHOW_DIFF is now called GITOPS_STATUS_SHOW_DIFF')


def path_in_repo(path):
    """A file's path from the root of its repo: the name of the check."""
    whole = os.path.realpath(path)
    root = repo_root_of(os.path.dirname(whole))
    if root is not None:
        return os.path.relpath(whole, root)
    here = os.path.realpath(os.getcwd())
    return os.path.relpath(whole, here) if whole.startswith(here + os.sep) else os.path.normpath(path)


def values_of_option(arguments, short, long):
    """The values of -i (inventories) or -l (limit) in the arguments for ansible-playbook."""
    values, rest = [], list(arguments)
    while rest:
        one = rest.pop(0)
        if one in (short, long):
            values += [rest.pop(0)] if rest else []
        elif one.startswith(long + '='):
            values.append(one[len(long) + 1:])
        elif one.startswith(short) and not one.startswith('--'):
            values.append(one[len(short):])
    return values


def first_error(stderr):
    """Ansible's first error, on one line: the lines after it quote the faulty file."""
    plain = re.sub('\x1b\\[[0-9;]*m', '', stderr)
    lines = [match.group(1) for match in re.finditer(r'^ *(?:ERROR!|\[ERROR\]:?) *(\S.*)', plain, re.MULTILINE)]
    return lines[0].strip() if lines else ''
