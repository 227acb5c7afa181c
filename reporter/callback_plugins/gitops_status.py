# Copyright (c) the gitops-status-server authors
# GNU General Public License v3.0+ (https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This file alone is under the GPL, because it imports Ansible's code; the rest of the project is MIT.
"""Writes what a drift check observed, host by host, into one JSON file. It decides nothing and sends nothing."""

from __future__ import annotations

DOCUMENTATION = """
name: gitops_status
type: notification
short_description: writes what a drift check observed into a JSON file
description:
  - For C(update-gitops-status.sh), which turns the file into reports and sends them.
  - No content of a file is ever written, only its SHA-256 and how many lines differ.
  - Without O(file) the plugin switches itself off.
requirements:
  - enabled in C(callbacks_enabled)
options:
  file:
    description: where to write; replaced atomically, readable by its owner only
    type: path
    env:
      - name: GITOPS_STATUS_FILE
  show_diff:
    description: whether the ordinary log may show the differences, and so the content of files
    type: bool
    default: false
    env:
      - name: GITOPS_STATUS_SHOW_DIFF
"""

import collections
import functools
import hashlib
import json
import os
import posixpath
import re
import tempfile

from ansible import context
from ansible.playbook.handler import Handler
from ansible.plugins.callback import CallbackBase
from ansible.release import __version__ as ansible_version
from ansible.template import Templar

FORMAT = 1
ERROR_LENGTH = 2000
TASK_NAME_LENGTH = 200

# These look at a host or steer the play: their being "ok" says nothing about drift. A host where only they ran was not
# checked, whatever the recap says (gathering facts alone makes `ok=1`).
NO_CHECK = frozenset(
    'add_host debug gather_facts group_by import_role import_tasks include_role include_tasks include_vars meta '
    'package_facts pause ping service_facts set_fact set_stats setup wait_for wait_for_connection'.split()
)

# These change the inventory in memory and call it "changed": no server has drifted.
NO_DRIFT = frozenset(('add_host', 'group_by'))

# Where the controller keeps a rendered template or an uploaded source: never the name of a managed file.
TEMPORARY_PATH = re.compile(r'/ansible-local-|/\.ansible/tmp/|/ansible-tmp-|/\.ansible_tmp')
HEADER_LABEL = re.compile(r' \((?:content|file attributes)\)$')
ATTRIBUTES = ('mode', 'owner', 'group')

# When an item has several differences (lineinfile: content and attributes), the gravest names the change.
GRAVITY = ('missing', 'extra', 'content', 'attributes', 'changed')


def first_line(text):
    """An error message without what it quotes: further lines and template source can hold the content of files."""
    text = text if isinstance(text, str) else ''
    line = next((line.strip() for line in text.splitlines() if line.strip()), '')
    line = re.sub(r'\bString: .*', '', line)
    line = re.sub(r'(failed to validate).*', r'\1', line)
    return line[:ERROR_LENGTH]


def short_name(action):
    return action.rsplit('.', 1)[-1]


def lines_of(text):
    return (text[:-1] if text.endswith('\n') else text).split('\n') if text else []


def fingerprint(before, after):
    """What may be told about a difference: hashes, and how many lines only one of the sides has."""
    lines_before, lines_after = collections.Counter(lines_of(before)), collections.Counter(lines_of(after))
    told = {
        'lines_added': sum((lines_after - lines_before).values()),
        'lines_removed': sum((lines_before - lines_after).values()),
    }
    for side, text in (('sha256_before', before), ('sha256_after', after)):
        if text:
            told[side] = hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()
    return told


def managed_path(value):
    """The path a diff header names, or None where it names a temporary file or no file at all."""
    if not isinstance(value, str):
        return None
    path = HEADER_LABEL.sub('', value)
    return path if path.startswith('/') and not TEMPORARY_PATH.search(path) else None


def describe_states(before, after):
    """Differences of the file module: two dictionaries of attributes."""
    states = before.get('state'), after.get('state')
    if states[1] == 'absent':
        return {'change': 'extra'}
    if states[0] == 'absent':
        return {'change': 'missing'}
    if states[0] != states[1]:
        return {'change': 'content'}
    attributes = {
        name: {'before': before.get(name), 'after': after.get(name)}
        for name in ATTRIBUTES
        if name in after and before.get(name) != after.get(name)
    }
    return {'change': 'attributes', **({'attributes': attributes} if attributes else {})}


def describe_diff(diff):
    """One entry of a result's `diff` as {change, …}, or None where it says nothing."""
    if not isinstance(diff, dict) or not diff:
        return None
    before, after = diff.get('before'), diff.get('after')
    if isinstance(before, dict) or isinstance(after, dict):
        before, after = (side if isinstance(side, dict) else {} for side in (before, after))
        return describe_states(before, after) if before != after else None
    absent = not before and not diff.get('before_header') and 'before' in diff
    change = 'missing' if absent else 'content'
    if any(key in diff for key in ('src_binary', 'dst_binary', 'src_larger', 'dst_larger', 'prepared')):
        return {'change': change}
    if not isinstance(before, (str, type(None))) or not isinstance(after, (str, type(None))):
        return {'change': 'changed'}
    if before == after:
        return None
    return {'change': change, **fingerprint(before or '', after or '')}


def path_of(result, diffs):
    """Where the managed file is. A changed copy or template says so in the strangest places; this order fits them all."""
    for diff in diffs:
        path = managed_path(diff.get('before_header'))
        if path:
            return path
    for diff in diffs:
        for side in (diff.get('after'), diff.get('before')):
            if isinstance(side, dict) and isinstance(side.get('path'), str):
                return side['path']
    invocation = result.get('invocation') if isinstance(result.get('invocation'), dict) else {}
    arguments = invocation.get('module_args') if isinstance(invocation.get('module_args'), dict) else {}
    candidates = (
        (result, 'dest'),
        (result, 'path'),
        (arguments, 'dest'),
        (invocation, 'dest'),
        (arguments, 'path'),
    )
    for holder, key in candidates:
        path = holder.get(key)
        if isinstance(path, str) and path and not TEMPORARY_PATH.search(path):
            return in_directory(path, arguments)
    return None


def in_directory(path, arguments):
    """`dest: /etc/rsyslog.d/` means the file of that name in the directory."""
    source = arguments.get('_original_basename') or arguments.get('src')
    if path.endswith('/') and isinstance(source, str) and not source.endswith('/'):
        return posixpath.join(path, posixpath.basename(source))
    return path


def describe_item(result):
    """A changed result, or a changed item of a loop, as what may be told about it."""
    if 'censored' in result or result.get('_ansible_no_log'):
        return {'change': 'hidden'}
    diffs = result.get('diff')
    diffs = [diff for diff in (diffs if isinstance(diffs, list) else [diffs]) if isinstance(diff, dict)]
    path = path_of(result, diffs)
    if path is None:
        return {'change': 'changed'}
    described = [known for known in map(describe_diff, diffs) if known]
    gravest = min(described, key=lambda known: GRAVITY.index(known['change']), default={'change': 'changed'})
    return {'path': path, **gravest}


def parts_of(result):
    """The items of a loop, or the result itself. Of what no_log hides, newer Ansibles still show the items."""
    items = None if 'censored' in result else result.get('results')
    if isinstance(items, list) and items and all(isinstance(item, dict) for item in items):
        return items
    return [result]


def guarded(method):
    """Ansible only warns when a callback raises. Here that must cost the run its verdict: nothing half-seen is SYNCED."""

    @functools.wraps(method)
    def wrapper(self, *args, **kwargs):
        try:
            return method(self, *args, **kwargs)
        except Exception as error:
            # The type alone: the message of an exception may quote what it choked on.
            self._broken = '%s in %s' % (type(error).__name__, method.__name__)
            self._display.warning('gitops_status: ' + self._broken)
            return None

    return wrapper


class PlayRecord:
    """Which hosts a play should reach, and which it has started on. With `serial` or after a fatal error they differ."""

    def __init__(self, name):
        self.name = name
        self.expected = set()
        self.started = set()


class HostRecord:
    def __init__(self):
        self.items = []
        self.verified = 0
        self.skipped_in_check_mode = 0
        self.unreachable = False
        self.error = None
        self.unfinished = None


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = 'notification'
    CALLBACK_NAME = 'gitops_status'
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, display=None):
        super().__init__(display=display)
        self._file = None
        self._broken = None
        self._inventory = None
        # The localhost that Ansible makes up where a play asks for it: no server of the inventory.
        self._implicit = set()
        self._playbooks = 0
        self._plays = {}
        # Every batch of a play is a copy of it; `batch` are the hosts of the latest.
        self._runs = []
        self._batch = frozenset()
        self._hosts = collections.defaultdict(HostRecord)
        # (failed host, the hosts it would take down with it): whether it really failed is known at the end.
        self._fatal = []

    def set_options(self, task_keys=None, var_options=None, direct=None):
        super().set_options(task_keys=task_keys, var_options=var_options, direct=direct)
        self._file = self.get_option('file')
        self.disabled = not self._file
        if self._file and not self.get_option('show_diff'):
            # --diff is needed to know what differs, and makes the ordinary log print the content of files, secrets
            # included. All log callbacks render it through this one method, so it is silenced for all of them.
            CallbackBase._get_diff = lambda callback, difflist: ''

    @guarded
    def v2_playbook_on_start(self, playbook):
        self._playbooks += 1
        for play in playbook.get_plays():
            self._expect(play)
        self._write(complete=False)

    @guarded
    def v2_playbook_on_play_start(self, play):
        record = self._expect(play)
        batch = self._host_names(play.hosts)
        record.started |= batch
        self._batch = batch
        self._runs.append(play)
        self._write(complete=False)

    @guarded
    def v2_playbook_on_no_hosts_remaining(self):
        # any_errors_fatal, max_fail_percentage: hosts without any error of their own stop here as well.
        self._abandon(self._batch)

    @guarded
    def v2_runner_on_ok(self, result):
        host, task = self._hosts[result._host.get_name()], result._task
        self._note_changes(result)
        if short_name(task.action) not in NO_CHECK and not isinstance(task, Handler):
            host.verified += 1

    @guarded
    def v2_runner_on_failed(self, result, ignore_errors=False):
        host = self._hosts[result._host.get_name()]
        self._note_changes(result, failed=True)
        if ignore_errors:
            return
        failed = [part for part in parts_of(result._result) if part.get('failed')] or [result._result]
        host.error = self._explain(result, failed[-1], 'failed')
        self._note_fatal(result)

    @guarded
    def v2_runner_on_unreachable(self, result):
        # With `ignore_unreachable` the recap and the exit code say that all is well: only this event tells.
        host = self._hosts[result._host.get_name()]
        host.unreachable = True
        lost = [part for part in parts_of(result._result) if part.get('unreachable')] or [result._result]
        host.error = self._explain(result, lost[-1], 'unreachable')
        self._note_fatal(result)

    @guarded
    def v2_runner_on_skipped(self, result):
        message = result._result.get('msg')
        if isinstance(message, str) and 'check mode' in message:
            self._hosts[result._host.get_name()].skipped_in_check_mode += 1

    @guarded
    def v2_playbook_on_stats(self, stats):
        for name, fellows in self._fatal:
            if stats.failures.get(name) or stats.dark.get(name):
                self._abandon(fellows)
        for play in self._runs:
            # A role that cannot be included takes its hosts out of the play, and the recap shows them without a failure.
            self._abandon(getattr(play, '_removed_hosts', ()), 'the play could not go on with this host')
        for play in self._plays.values():
            for name in play.expected - play.started:
                self._hosts[name].unfinished = 'the play "%s" never reached this host' % play.name
        started_all = self._playbooks == len(context.CLIARGS.get('args') or ())
        self._write(complete=started_all and not self._broken, stats=stats)

    def _expect(self, play):
        record = self._plays.setdefault(play._uuid, PlayRecord(play.get_name()))
        manager = play.get_variable_manager()
        if self._inventory is None and manager is not None:
            self._inventory = manager._inventory
        hosts = play.hosts
        if '{{' in str(hosts):
            hosts = Templar(loader=play.get_loader(), variables=manager.get_vars(play=play)).template(hosts)
        # Without ignore_restrictions a `serial` play names only its first batch.
        record.expected |= self._host_names(hosts, ignore_restrictions=True)
        return record

    def _host_names(self, pattern, **how):
        hosts = self._inventory.get_hosts(pattern, **how)
        self._implicit |= {host.get_name() for host in hosts if getattr(host, 'implicit', False)}
        return {host.get_name() for host in hosts}

    def _unknown_in_limit(self):
        """Hosts that --limit names and the inventory does not know: Ansible drops them with a warning."""
        names = getattr(self._inventory, '_subset', None) or []
        plain = [name for name in names if re.fullmatch(r'[A-Za-z0-9][A-Za-z0-9._-]*', name)]
        return {name for name in plain if not self._inventory.get_hosts(name, ignore_limits=True, ignore_restrictions=True)
                and name not in self._inventory.groups}

    def _note_changes(self, result, failed=False):
        # A handler runs because something else drifted: it is no drift of its own.
        if isinstance(result._task, Handler) or short_name(result._task.action) in NO_DRIFT:
            return
        task = {'task': self._task_name(result._task), 'module': result._task.action}
        parts = parts_of(result._result)
        for part in parts:
            # A command that fails says "changed" as well, and found nothing; `failed_when: it is changed` did.
            broke = part.get('failed', failed and len(parts) == 1) and not part.get('failed_when_result')
            if part.get('changed') and not broke:
                self._hosts[result._host.get_name()].items.append({**describe_item(part), **task})

    def _note_fatal(self, result):
        if result._task.any_errors_fatal or result._task.run_once:
            self._fatal.append((result._host.get_name(), self._batch))

    def _abandon(self, names, why='the play stopped because of an error on another host'):
        for name in names:
            self._hosts[name].unfinished = self._hosts[name].unfinished or why

    @staticmethod
    def _task_name(task):
        return task.get_name()[:TASK_NAME_LENGTH]

    def _explain(self, result, part, what):
        if 'censored' in part or 'censored' in result._result or part.get('_ansible_no_log'):
            return '%s: %s (no_log hides why)' % (self._task_name(result._task), what)
        return '%s: %s' % (self._task_name(result._task), first_line(part.get('msg')) or what)

    def _observed(self, name, record, stats):
        def count(kind):
            return getattr(stats, kind).get(name, 0) if stats else 0

        return {
            'implicit': name in self._implicit,
            'in_recap': bool(stats and name in stats.processed),
            'failures': count('failures'),
            'unreachable': record.unreachable or count('dark') > 0,
            'ignored': count('ignored'),
            'rescued': count('rescued'),
            'verified': record.verified,
            'skipped_in_check_mode': record.skipped_in_check_mode,
            'error': record.error,
            'unfinished': record.unfinished,
            'items': record.items,
        }

    def _write(self, complete, stats=None):
        for play in self._plays.values():
            for name in play.expected:
                self._hosts[name]  # a host that was expected is in the file, heard of or not
        unknown = sorted(self._unknown_in_limit()) if self._inventory else []
        document = {
            'format': FORMAT,
            'complete': complete,
            'broken': self._broken,
            'check_mode': bool(context.CLIARGS.get('check')),
            'tool': 'ansible-core ' + ansible_version,
            'not_in_inventory': unknown,
            'hosts': {name: self._observed(name, record, stats) for name, record in sorted(self._hosts.items())},
        }
        directory = os.path.dirname(os.path.abspath(self._file))
        descriptor, temporary = tempfile.mkstemp(prefix='.gitops-status-', dir=directory)
        try:
            with os.fdopen(descriptor, 'w', encoding='utf-8', errors='replace') as stream:
                json.dump(document, stream)
            os.replace(temporary, self._file)
        except BaseException:
            os.unlink(temporary)
            raise
