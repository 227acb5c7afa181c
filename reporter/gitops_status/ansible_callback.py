# Copyright (c) the gitops-status-server authors
# GNU General Public License v3.0+ (https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# This file alone is under the GPL, because it imports Ansible's code; the rest of the project is MIT.
"""Writes what a drift check observed, event by event, as lines of JSON. It decides nothing and sends nothing."""

from __future__ import annotations

DOCUMENTATION = """
name: gitops_status
type: notification
short_description: writes what a drift check observed as lines of JSON
description:
  - For C(gitops_status_reporter.py), which turns the lines into reports and sends them.
  - No content of a file is ever written, nor a hash of it, only how many lines differ.
  - Without O(file) the plugin switches itself off.
options:
  file:
    description: where to write; readable by its owner only
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
import fnmatch
import functools
import json
import os
import re

from ansible import context
from ansible.inventory.manager import IGNORED, split_host_pattern
from ansible.playbook.block import Block
from ansible.playbook.handler import Handler
from ansible.plugins.action import ActionBase
from ansible.plugins.action.copy import ActionModule as CopyAction
from ansible.plugins.callback import CallbackBase
from ansible.plugins.strategy import StrategyBase
from ansible.release import __version__ as ansible_version
from ansible.template import Templar
from ansible.utils.path import unfrackpath

from .ansible_blocks import is_rescued, leaves_of, rescued_blocks_of
from .ansible_patches import has_finished, note_ends, note_files_of_directories, note_paths
from .ansible_skips import SkipReasons
from .differences import describe_item, parts_of, sets_absent
from .expressions import CHECK_MODE, names_in_expression, names_in_template
from .labels import label_values, parse_labels

FORMAT = 2
ERROR_LENGTH = 2000
TASK_NAME_LENGTH = 200
LOCALHOSTS = frozenset(('localhost', '127.0.0.1', '::1'))
DEFAULT_INVENTORY = '/etc/ansible/hosts'
PATH_IN_TEXT = re.compile(r"/[^\s'\",;()]+")
GROWING = frozenset(('add_host', 'group_by'))


def first_line(text):
    """An error message without quoted parts: further lines and template source can have the content of files."""
    text = text if isinstance(text, str) else ''
    line = next((line.strip() for line in text.splitlines() if line.strip()), '')
    line = re.sub(r'\bString: .*', '', line)
    line = re.sub(r'(failed to validate).*', r'\1', line)
    return line[:ERROR_LENGTH]


def base_name(action):
    return action.rsplit('.', 1)[-1]


def guarded(method):
    """Ansible only warns when a callback raises. Here the run must lose its verdict: a partial observation is never
    SYNCED."""

    @functools.wraps(method)
    def wrapper(self, *args, **kwargs):
        try:
            return method(self, *args, **kwargs)
        except Exception as error:
            # Only the type: the message of an exception may quote its input.
            what = '%s in %s' % (type(error).__name__, method.__name__)
            self._write('broken', what=what)
            self._display.warning('gitops_status: ' + what)
            return None

    return wrapper


class CallbackModule(SkipReasons, CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = 'notification'
    CALLBACK_NAME = 'gitops_status'
    # Leaves the user's own list of enabled callbacks unchanged. Without a file to write, the plugin does nothing.
    CALLBACK_NEEDS_ENABLED = False

    def __init__(self, display=None):
        super().__init__(display=display)
        self._file = None
        self._stream = None
        self._inventory = None
        self._labels = {}
        self._labelled = set()
        self._playbooks = 0
        self._play = None
        # Hosts that were in a play and have not reached its end.
        self._unfinished = set()
        self._lost = set()
        self._batch = []
        self._known_tasks = set()
        # Names that tasks register; facts that tasks set, with the names in their values.
        self._registered = set()
        self._derived = {}
        # The expression of a task's loop, as written.
        self._loops = {}
        self._grown = False
        self._growing = False
        self._starting_at = None
        # How each item of a loop ended: since 2.21 the results of a loop no longer say it.
        self._item_kinds = collections.defaultdict(list)

    def set_options(self, task_keys=None, var_options=None, direct=None):
        super().set_options(task_keys=task_keys, var_options=var_options, direct=direct)
        self._file = self.get_option('file')
        self.disabled = not self._file
        if not self._file:
            return
        if not self.get_option('show_diff'):
            # --diff is needed to see what differs, but then the ordinary log prints the content of files, with secrets.
            # All log callbacks use this method to print it, so it is silenced for all of them.
            CallbackBase._get_diff = lambda callback, difflist: ''
        note_paths(ActionBase)
        note_files_of_directories(CopyAction)
        note_ends(StrategyBase, self._note_finished)
        self._watch_tags()

    def _write(self, event, **what):
        if self._stream is None:
            descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            self._stream = os.fdopen(descriptor, 'w', encoding='utf-8', errors='surrogatepass')
        self._stream.write(json.dumps(dict(what, e=event), default=str) + '\n')
        self._stream.flush()

    # ---- The run and its plays

    @guarded
    def v2_playbook_on_start(self, playbook):
        self._playbooks += 1
        self._starting_at = self._starting_at or context.CLIARGS.get('start_at_task')
        self._labels = parse_labels(os.environ.get('GITOPS_STATUS_LABELS', ''))
        for play in playbook.get_plays():
            if self._inventory is None:
                self._inventory = play.get_variable_manager()._inventory
        self._write(
            'start',
            format=FORMAT,
            check_mode=bool(context.CLIARGS.get('check')),
            tool='ansible-core ' + ansible_version,
            unparsed=self._unparsed_sources(),
            limited=sorted(self._unknown_in_limit()),
        )
        for play in playbook.get_plays():
            self._plan(play, 'plan')

    @guarded
    def v2_playbook_on_play_start(self, play):
        self._grown = self._grown or self._growing
        self._play = play
        hosts = self._inventory.get_hosts(play.hosts)
        self._batch = [host.get_name() for host in hosts]
        self._lost |= self._unfinished
        self._unfinished = set(self._batch)
        self._plan(play, 'play', batch=self._batch, empty=self._empty_patterns(play))

    @guarded
    def v2_playbook_on_no_hosts_remaining(self):
        # any_errors_fatal, max_fail_percentage: hosts without an error of their own also stop here.
        self._write('stopped', hosts=self._batch)

    @guarded
    def v2_playbook_on_stats(self, stats):
        counts = {
            name: {kind: getattr(stats, kind).get(name, 0) for kind in ('failures', 'dark', 'ignored', 'rescued')}
            for name in stats.processed
        }
        # If a role cannot be included, its hosts leave the play, and the recap shows no failure. Only hosts that were
        # seen at the end of each play reached it.
        lost = sorted(self._lost | self._unfinished)
        started_all = self._playbooks == len(context.CLIARGS.get('args') or ())
        self._write('end', complete=started_all, stats=counts, removed=lost)

    @guarded
    def _note_finished(self, iterator):
        known = [host for host in map(self._inventory.get_host, self._unfinished) if host is not None]
        self._unfinished -= {host.name for host in known if has_finished(iterator, host)}

    def _plan(self, play, event, **more):
        # Hosts that depend on earlier plays are known only when the play starts.
        hosts = self._resolved(play)
        expected = None
        if hosts is not None:
            # Without ignore_restrictions a `serial` play names only its first batch.
            known = self._inventory.get_hosts(hosts, ignore_restrictions=True)
            expected = [host.get_name() for host in known]
            named = self._inventory.get_hosts(hosts, ignore_restrictions=True, ignore_limits=True)
            more['implicit'] = [host.get_name() for host in named if getattr(host, 'implicit', False)]
            more['named'] = [host.get_name() for host in named]
            more['others'] = any(piece not in LOCALHOSTS and piece[:1] not in '!&' for piece in split_host_pattern(hosts))
            for host in known:
                self._label(host, play.get_variable_manager())
        self._write(event, play=play._uuid, name=play.get_name(), expected=expected, **more)

    def _resolved(self, play):
        hosts = play.hosts
        if '{{' not in str(hosts):
            return hosts
        manager = play.get_variable_manager()
        try:
            return Templar(loader=play.get_loader(), variables=manager.get_vars(play=play)).template(hosts)
        except Exception:
            # Undefined before an earlier play has run; read again when the play starts.
            return None

    def _empty_patterns(self, play):
        """Names in `hosts:` that the inventory does not know: a typo, or a group that is gone."""
        hosts = self._resolved(play)
        if self._grown or hosts is None:
            return []
        return [
            piece
            for piece in split_host_pattern(hosts)
            if piece and piece[:1] not in '!&' and piece not in LOCALHOSTS and piece not in self._inventory.groups
            and not self._inventory.get_hosts(piece, ignore_limits=True, ignore_restrictions=True)
        ]

    def _unparsed_sources(self):
        parsed = set(getattr(self._inventory._inventory, 'processed_sources', ()))
        return [source for root in self._inventory._sources for source in self._sources_under(root) if source not in parsed]

    def _sources_under(self, source):
        if not source or (source == DEFAULT_INVENTORY and not os.path.exists(source)):
            return
        if ',' not in source:
            source = unfrackpath(source, follow=False)
        if not os.path.isdir(source):
            yield source
            return
        for name in sorted(os.listdir(os.fsencode(source))):
            if not IGNORED.search(name):
                yield from self._sources_under(os.path.join(source, os.fsdecode(name)))

    def _unknown_in_limit(self):
        """Hosts in --limit that the inventory does not know: Ansible drops them with a warning."""
        names = getattr(self._inventory, '_subset', None) or []
        plain = [name for name in names if re.fullmatch(r'[A-Za-z0-9][A-Za-z0-9._-]*', name)]
        return {name for name in plain if name not in self._inventory.groups
                and not self._inventory.get_hosts(name, ignore_limits=True, ignore_restrictions=True)}

    def _label(self, host, manager):
        name = host.get_name()
        if not self._labels or name in self._labelled:
            return
        self._labelled.add(name)
        variables = manager.get_vars(host=host)
        templar = Templar(loader=self._inventory._loader, variables=variables)

        def variable(wanted):
            try:
                value = templar.template(variables[wanted])
            except Exception:
                return None  # not set for this host, or not yet known: no label
            return value if isinstance(value, (str, int, float, bool)) else None

        groups = [group.name for group in host.get_groups()]
        self._write('labels', host=name, labels=label_values(self._labels, variable, groups))

    # ---- Tasks

    def _watch_tags(self):
        """Ansible silently drops what --tags and --skip-tags leave out (also from ansible.cfg and the environment); it
        is noted here."""
        original, plugin = Block.filter_tagged_tasks, self

        @functools.wraps(original)
        def watched(block, all_vars):
            kept = original(block, all_vars)
            plugin._note_tasks(block, kept, all_vars)
            return kept

        Block.filter_tagged_tasks = watched

    @guarded
    def _note_tasks(self, block, kept, all_vars):
        for rescued in rescued_blocks_of(kept):
            inside = [task for task in leaves_of(rescued, parts=('block',)) if not isinstance(task, Handler) and not task.implicit]
            for task in inside:
                self._note_task(task)
            self._write('rescued_block', tasks=[task._uuid for task in inside])
        remaining = {task._uuid for task in leaves_of(kept)}
        for task in leaves_of(block):
            if isinstance(task, Handler) or task.implicit:
                continue
            if task._uuid not in remaining:
                if task.evaluate_tags(frozenset(['all']), frozenset(), all_vars):
                    self._note_task(task)
                    self._write('dropped', task=task._uuid, hosts=self._batch)
                continue
            self._note_start(task)
            self._note_meta(task)
            if base_name(task.action) in GROWING:
                self._growing = True

    def _note_start(self, task):
        if not self._starting_at:
            return
        names = (task.name or '', task.get_name())
        if any(name == self._starting_at or fnmatch.fnmatch(name, self._starting_at) for name in names):
            self._starting_at = None
            return
        self._note_task(task)
        self._write('dropped', task=task._uuid, hosts=self._batch)

    def _note_meta(self, task):
        """`meta: end_*`: only the absence of later results shows whether it ended a host."""
        what = (task.args or {}).get('_raw_params') or ''
        if base_name(task.action) != 'meta' or not str(what).startswith('end_'):
            return
        self._note_task(task)
        for name in self._batch:
            variables = self._variables(name, task)
            names = self._names_behind(set().union(set(), *map(names_in_expression, task.when)), variables)
            if names & {CHECK_MODE}:
                self._write('may_end', task=task._uuid, host=name, what=str(what))

    def _note_task(self, task):
        if task._uuid in self._known_tasks:
            return
        self._known_tasks.add(task._uuid)
        self._loops[task._uuid] = names_in_template(task.loop)
        arguments = {key: value for key, value in (task.args or {}).items() if not str(key).startswith('_ansible')}
        # Since 2.21, a register can be several names, each with its part of the result.
        registers = sorted(map(str, task.register)) if isinstance(task.register, dict) else [str(task.register)] if task.register else []
        self._registered |= set(registers)
        if base_name(task.action) == 'set_fact':
            for key, value in arguments.items():
                self._derived[str(key)] = names_in_template(value)
        self._write(
            'task',
            id=task._uuid,
            name=self._task_name(task),
            module=self._module_of(task),
            handler=isinstance(task, Handler),
            arguments=sorted(str(key) for key in arguments),
            meta=str(arguments.get('_raw_params', '')) if base_name(task.action) == 'meta' else None,
            force=str(arguments.get('force', '')).lower() in ('true', 'yes', '1', 'on') or '{{' in str(arguments.get('force', '')),
            changed_when=[one if isinstance(one, bool) else str(one) for one in self._list(task.changed_when)],
            failed_when=[one if isinstance(one, bool) else str(one) for one in self._list(task.failed_when)],
            registers=registers,
            fatal=bool(task.any_errors_fatal or task.run_once),
            rescued=is_rescued(task),
            is_async=bool(task.async_val),
            needs=sorted(names_in_template(arguments) | names_in_template(task.loop)
                         | set().union(set(), *map(names_in_expression, self._list(task.when))))[:200],
        )

    @staticmethod
    def _list(value):
        return value if isinstance(value, list) else [] if value is None else [value]

    @staticmethod
    def _module_of(task):
        return getattr(task, 'resolved_action', None) or task.action

    @staticmethod
    def _task_name(task, fields=None):
        name = task.get_name()
        said = (fields or {}).get('name')
        if '{{' in name and isinstance(said, str) and said:
            role = getattr(task, '_role', None)
            name = '%s : %s' % (role.get_name(), said) if role else said
        return name[:TASK_NAME_LENGTH]

    # ---- Results

    @guarded
    def v2_playbook_on_task_start(self, task, is_conditional):
        # Later, when a result arrives, the arguments of the task have been rendered and no longer name what they read.
        self._note_task(task)

    @guarded
    def v2_playbook_on_handler_task_start(self, task):
        self._note_task(task)

    @guarded
    def v2_runner_item_on_ok(self, result):
        self._item_kinds[result._host.get_name(), result._task._uuid].append('ok')

    @guarded
    def v2_runner_item_on_failed(self, result):
        self._item_kinds[result._host.get_name(), result._task._uuid].append('failed')

    @guarded
    def v2_runner_item_on_skipped(self, result):
        self._item_kinds[result._host.get_name(), result._task._uuid].append('skipped')

    @guarded
    def v2_runner_on_ok(self, result):
        self._note_result(result, 'ok')
        if base_name(result._task.action) in GROWING:
            self._growing = True

    @guarded
    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._note_result(result, 'ignored' if ignore_errors else 'failed')

    @guarded
    def v2_runner_on_unreachable(self, result):
        # With `ignore_unreachable` the recap and the exit code report success: only this event shows it.
        self._note_result(result, 'unreachable')

    @guarded
    def v2_runner_on_skipped(self, result):
        self._note_result(result, 'skipped')

    def _note_result(self, result, kind):
        host, task, told = result._host.get_name(), result._task, result._result
        fields = getattr(result, '_task_fields', None) or {}
        self._note_task(task)
        parts = self._parts(result, kind)
        event = {
            'host': host,
            'task': task._uuid,
            'kind': kind,
            'name': self._task_name(task, fields),
            'delegated': self._is_delegated(host, task, fields),
            'real': fields.get('check_mode') is False,
            'read': self._is_read(task, fields),
        }
        skips = self._skips(result, kind, parts)
        # `creates` was checked and exists: that is an answer, not something left out.
        answered = [skip for skip in skips if skip['by'] == 'creates']
        event['skips'] = [skip for skip in skips if skip['by'] != 'creates']
        if answered and kind == 'skipped' and not event['skips']:
            event['kind'] = 'ok'
        event['ran'] = len(answered) + (0 if kind == 'skipped' else sum(not part.get('skipped') for part in parts))
        event['items'] = list(self._items(result, kind, parts, fields))
        if kind in ('failed', 'ignored', 'unreachable'):
            event.update(self._why(told, parts, kind))
        self._write('result', **event)

    def _parts(self, result, kind):
        """The items of a loop, each with how it ended, or the result itself."""
        parts = parts_of(result._result)
        kinds = self._item_kinds.pop((result._host.get_name(), result._task._uuid), [])
        if parts[0] is result._result:
            return parts
        if len(kinds) != len(parts):
            kinds = ['skipped' if kind == 'skipped' else '?'] * len(parts)
        said = {'skipped': {'skipped': True}, 'failed': {'failed': True}}
        return [dict(part, **said.get(one, {})) for part, one in zip(parts, kinds)]

    @staticmethod
    def _is_delegated(host, task, fields):
        to = fields.get('delegate_to') or task.delegate_to
        return bool(to) and to not in (host, '{{ inventory_hostname }}', '{{inventory_hostname}}')

    def _is_read(self, task, fields):
        """Whether the task itself says `check_mode: true`: then a deploy changes nothing with it either."""
        source = getattr(task, '_ds', None)
        own = source.get('check_mode') if isinstance(source, dict) else None
        if own is None or fields.get('check_mode') is False:
            return False
        return CHECK_MODE not in names_in_template(own)

    def _items(self, result, kind, parts, fields):
        task, told = result._task, result._result
        module = self._module_of(task)
        alone = parts[0] is told
        for part in parts:
            if part.get('skipped') or kind == 'skipped':
                continue
            hidden = 'censored' in told or 'censored' in part
            fallback = {} if hidden else self._arguments(result, part, alone, fields)
            failed = bool(part.get('failed', kind in ('failed', 'ignored') and alone)) or bool(part.get('failed_when_result'))
            noted = {
                'changed': bool(part.get('changed')),
                'failed': failed,
                'by_condition': bool(part.get('failed_when_result')),
                'absent': None if hidden else sets_absent(module, part, fallback),
            }
            noted = {key: value for key, value in noted.items() if value}
            for described in describe_item(module, dict(part, censored=True) if hidden else part, fallback):
                # Nothing is reported about results without a difference.
                if noted or described.get('differs'):
                    yield dict(described, **noted)

    def _arguments(self, result, part, alone, fields):
        """The task's own arguments, for results without them (since 2.21)."""
        if isinstance(part.get('invocation'), dict):
            return {}
        task = result._task
        if alone:
            arguments = fields.get('args')
            return {key: value for key, value in arguments.items() if not str(key).startswith('_ansible')} if isinstance(arguments, dict) else {}
        if not part.get('changed') and not part.get('diff'):
            return {}
        variables = dict(self._variables(result._host.get_name(), task))
        variables[part.get('ansible_loop_var', 'item')] = part.get('item')
        templar = Templar(loader=self._play.get_loader(), variables=variables)
        known = {}
        for key in ('dest', 'path', 'name', 'src', 'state', 'pkg'):
            if key in task.args:
                try:
                    known[key] = templar.template(task.args[key])
                except Exception:
                    continue  # without this argument the item has a worse name, but still counts
        return known

    def _why(self, told, parts, kind):
        flag = 'unreachable' if kind == 'unreachable' else 'failed'
        failed = [part for part in parts if part.get(flag)] or [told]
        part = failed[-1]
        if 'censored' in told or 'censored' in part or part.get('_ansible_no_log'):
            return {'error': '', 'hidden': True, 'paths': []}
        text = part.get('msg') if isinstance(part.get('msg'), str) else ''
        return {'error': first_line(text), 'paths': PATH_IN_TEXT.findall(text)[:20]}
