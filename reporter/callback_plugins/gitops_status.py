# Copyright (c) the gitops-status-server authors
# GNU General Public License v3.0+ (https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Made by build.py from the modules in reporter/gitops_status/: change those.
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
from ansible.executor.play_iterator import IteratingStates
import posixpath
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


# ---- ansible_blocks.py
# The tasks of a play, through its blocks.


def leaves_of(block, parts=('block', 'rescue', 'always')):
    for part in parts:
        for task in getattr(block, part):
            if isinstance(task, Block):
                yield from leaves_of(task)
            else:
                yield task


def rescued_blocks_of(block):
    if block.rescue:
        yield block
    for task in list(block.block) + list(block.rescue) + list(block.always):
        if isinstance(task, Block):
            yield from rescued_blocks_of(task)


def is_rescued(task):
    """Whether a failure of this task leads into a `rescue`."""
    child, parent = task, getattr(task, '_parent', None)
    while parent is not None:
        if isinstance(parent, Block) and parent.rescue and any(child._uuid == one._uuid for one in parent.block):
            return True
        child, parent = parent, getattr(parent, '_parent', None)
    return False


# ---- differences.py
# What may be reported about a difference that a module found: where, and of what kind. Never content, never a hash of it.


# Where the controller stores a rendered template or an uploaded source: never the name of a managed file.
TEMPORARY_PATH = re.compile(r'/ansible-local-|/\.ansible/tmp/|/ansible-tmp-|/\.ansible_tmp|^/dev/null$')
HEADER_LABEL = re.compile(r' \((?:content|file attributes)\)$')
ATTRIBUTES = ('mode', 'owner', 'group')
# The plugin's note of the managed file, beside Ansible's own keys of a difference.
PATH_NOTE = 'gitops_status_path'

# If an item has several differences (lineinfile: content and attributes), the gravest names the change.
GRAVITY = ('missing', 'extra', 'content', 'attributes', 'changed')

# These have no file of their own: people look for the name of the user, the package, the unit, the host.
NAMED = frozenset(
    'user group package apt dnf dnf5 yum pip service systemd systemd_service sysvinit cron hostname known_hosts '
    'apt_key apt_repository deb822_repository yum_repository rpm_key debconf iptables getent'.split()
)
NAME_ARGUMENTS = ('name', 'pkg', 'package', 'deb', 'repo', 'question', 'id')
# If a line editor makes its file, it reports a single difference, without one of attributes.
LINE_EDITORS = frozenset(('lineinfile', 'blockinfile', 'ini_file'))


def short_name(module):
    return module.rsplit('.', 1)[-1]


def clean_path(path):
    """One spelling per file: `etc//a.conf` is `etc/a.conf`."""
    return re.sub(r'^//+', '/', posixpath.normpath(path)) if path else path


def managed_path(value):
    """The path in a diff header, or None if it names a temporary file or no file at all."""
    if not isinstance(value, str):
        return None
    path = HEADER_LABEL.sub('', value)
    return path if path.startswith('/') and not TEMPORARY_PATH.search(path) else None


def _lines_of(text):
    return (text[:-1] if text.endswith('\n') else text).split('\n') if text else []


def count_lines(before, after):
    lines_before, lines_after = collections.Counter(_lines_of(before)), collections.Counter(_lines_of(after))
    return {
        'lines_added': sum((lines_after - lines_before).values()),
        'lines_removed': sum((lines_before - lines_after).values()),
    }


def _describe_states(before, after):
    """Differences of the file module: two dictionaries of attributes."""
    states = before.get('state'), after.get('state')
    if states[1] == 'touch' and states[0] not in ('absent', None):
        states = states[0], states[0]
    if states[1] == 'absent':
        return {'change': 'extra'}
    if states[0] == 'absent':
        return {'change': 'missing'}
    if states[0] != states[1] and None not in states:
        return {'change': 'content'}
    if before.get('src') != after.get('src'):
        return {'change': 'content'}
    others = [name for name in set(before) | set(after) if name not in ('state', 'path') and before.get(name) != after.get(name)]
    if not others and states[0] == states[1]:
        return None
    attributes = {
        name: {'before': before.get(name), 'after': after.get(name)}
        for name in ATTRIBUTES
        if name in after and before.get(name) != after.get(name)
    }
    return dict({'change': 'attributes'}, **({'attributes': attributes} if attributes else {}))


def describe_diff(diff):
    """One entry of a result's `diff` as {change, …}, or None if it says nothing."""
    if not isinstance(diff, dict) or not set(diff) - {PATH_NOTE}:
        return None
    before, after = diff.get('before'), diff.get('after')
    if isinstance(before, dict) or isinstance(after, dict):
        before, after = (side if isinstance(side, dict) else {} for side in (before, after))
        return _describe_states(before, after) if before != after else None
    absent = not before and not managed_path(diff.get('before_header')) and 'before' in diff
    change = 'missing' if absent else 'content'
    if any(key in diff for key in ('src_binary', 'dst_binary', 'src_larger', 'dst_larger', 'prepared')):
        return {'change': change}
    if not isinstance(before, (str, type(None))) or not isinstance(after, (str, type(None))):
        return {'change': 'changed'} if before != after else None
    if (before or '') == (after or '') and not absent:
        return None
    if absent and 'after' not in diff and not before:
        return None
    return dict({'change': change}, **count_lines(before or '', after or ''))


def diffs_of(result):
    diffs = result.get('diff')
    return [diff for diff in (diffs if isinstance(diffs, list) else [diffs]) if isinstance(diff, dict) and diff]


def arguments_of(result):
    invocation = result.get('invocation') if isinstance(result.get('invocation'), dict) else {}
    arguments = invocation.get('module_args')
    return arguments if isinstance(arguments, dict) else {}


def _in_directory(path, arguments):
    """`dest: /etc/rsyslog.d/` means the file of that name in the directory."""
    source = arguments.get('_original_basename') or arguments.get('src')
    if path.endswith('/') and isinstance(source, str) and source and not source.endswith('/'):
        return posixpath.join(path, posixpath.basename(source))
    return path


def path_of(result, diffs, arguments):
    """The place of the managed file. Modules return it under different keys; this order fits them all."""
    for diff in diffs:
        path = managed_path(diff.get(PATH_NOTE)) or managed_path(diff.get('before_header'))
        if path:
            return path
    for diff in diffs:
        for side in (diff.get('after'), diff.get('before')):
            if isinstance(side, dict) and isinstance(side.get('path'), str):
                return side['path']
    for holder, key in ((result, 'dest'), (result, 'path'), (arguments, 'dest'), (arguments, 'path'), (arguments, 'name')):
        path = holder.get(key)
        if key == 'name' and not (isinstance(path, str) and path.startswith('/')):
            continue
        if isinstance(path, str) and path and not TEMPORARY_PATH.search(path):
            return _in_directory(path, arguments)
    return None


def _name_of(module, result, arguments):
    """What people look for if there is no file: the user, the packages, the unit, the host."""
    for key in NAME_ARGUMENTS:
        value = arguments.get(key) if key in arguments else (result.get(key) if key == 'name' else None)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
            return ', '.join(value)
    return None


def _is_hidden(result):
    return 'censored' in result or bool(result.get('_ansible_no_log'))


def _change_without_diff(module, result, arguments):
    if module == 'file' and arguments.get('state') == 'touch':
        # For an existing file, attributes would have been compared, and a diff would have them.
        return 'missing'
    if module == 'file':
        # For a whole tree (`recurse`) the module does not say which file differs, or how: only attributes can be meant.
        return 'extra' if arguments.get('state') == 'absent' else 'attributes'
    if 'checksum_dest' in result:
        return 'missing' if not result['checksum_dest'] else 'content'
    if module == 'git' and 'before' in result:
        return 'missing' if not result['before'] else 'content'
    return 'changed'


def describe_item(module, result, fallback=None):
    """
    A result, or an item of a loop, as the list of what may be reported about it: mostly one entry, for a directory one
    per file. `fallback` has the arguments of the task if the result lacks them.
    """
    module = short_name(module)
    if _is_hidden(result):
        return [{'change': 'hidden'}]
    diffs = diffs_of(result)
    arguments = arguments_of(result) or fallback or {}
    noted = [diff for diff in diffs if isinstance(diff.get(PATH_NOTE), str)]
    if len(noted) > 1:
        return [_describe_one(module, result, [diff], arguments) for diff in noted]
    return [_describe_one(module, result, diffs, arguments)]


def _describe_one(module, result, diffs, arguments):
    described = [known for known in map(describe_diff, diffs) if known]
    differs = bool(described)
    gravest = min(described, key=lambda known: GRAVITY.index(known['change']), default=None)
    if gravest is None:
        gravest = {'change': _change_without_diff(module, result, arguments)}
    if module in LINE_EDITORS and isinstance(result.get('diff'), dict) and result['diff'].get('before') == '':
        gravest['change'] = 'missing'
    item = dict(gravest, **({'differs': True} if differs else {}))
    path = None if module in NAMED else path_of(result, diffs, arguments)
    if path is not None:
        item['path'] = clean_path(path)
        return item
    name = _name_of(module, result, arguments)
    if name is not None:
        item['name'] = name
    return item


def sets_absent(module, result, fallback=None):
    """The path that this result leaves absent, or None."""
    arguments = arguments_of(result) or fallback or {}
    path = arguments.get('path') or arguments.get('dest') or result.get('path')
    if short_name(module) in ('file', 'win_file') and arguments.get('state') == 'absent' and isinstance(path, str):
        return clean_path(path)
    return None


def parts_of(result):
    """The items of a loop, or the result itself. Newer Ansibles show the items even with no_log."""
    items = None if 'censored' in result else result.get('results')
    if isinstance(items, list) and items and all(isinstance(item, dict) for item in items):
        return items
    return [result]


# ---- ansible_patches.py
# Notes what Ansible does not report, at the places that know it: in the workers that compare, and in the strategy.


def note_paths(action):
    """Results of copy and template have no name for a missing file: the worker that makes their differences adds one."""
    original = action._get_diff_data

    @functools.wraps(original)
    def wrapper(self, destination, *args, **kwargs):
        diff = original(self, destination, *args, **kwargs)
        if isinstance(diff, dict):
            diff.setdefault(PATH_NOTE, destination)
        return diff

    action._get_diff_data = wrapper


def note_files_of_directories(action):
    """Ansible reports one result for a directory that is copied as a whole; the files that differ are collected as they
    are found."""
    copy_file, run = action._copy_file, action.run

    @functools.wraps(copy_file)
    def copy_and_note(self, source_full, source_rel, content, content_tempfile, dest, *args, **kwargs):
        returned = copy_file(self, source_full, source_rel, content, content_tempfile, dest, *args, **kwargs)
        if isinstance(returned, dict) and returned.get('changed') and hasattr(self, '_gitops_status_files'):
            path = os.path.join(dest, source_rel) if dest.endswith('/') else dest
            diffs = returned.get('diff') or [{'before': None, 'after': None}]
            for diff in diffs if isinstance(diffs, list) else [diffs]:
                self._gitops_status_files.append(dict(diff, **{PATH_NOTE: diff.get(PATH_NOTE) or path}))
        return returned

    @functools.wraps(run)
    def run_and_tell(self, *args, **kwargs):
        self._gitops_status_files = []
        result = run(self, *args, **kwargs)
        if self._gitops_status_files and isinstance(result, dict) and not result.get('diff') and self._task.diff:
            result['diff'] = self._gitops_status_files
        return result

    action._copy_file, action.run = copy_and_note, run_and_tell


def note_ends(strategy, play_ended):
    """
    A host that cannot include a role or tasks is lost silently. It is in the same list as a host that `meta: end_*` has
    ended, so each addition is noted. How far each host came is known when the strategy is done.
    """
    execute_meta, run = strategy._execute_meta, strategy.run

    @functools.wraps(execute_meta)
    def execute_and_note(self, task, play_context, iterator, *args, **kwargs):
        before = len(iterator._play._removed_hosts)
        result = execute_meta(self, task, play_context, iterator, *args, **kwargs)
        iterator._gitops_status_ended = getattr(iterator, '_gitops_status_ended', []) + iterator._play._removed_hosts[before:]
        return result

    @functools.wraps(run)
    def run_and_tell(self, iterator, *args, **kwargs):
        result = run(self, iterator, *args, **kwargs)
        play_ended(iterator)
        return result

    strategy._execute_meta, strategy.run = execute_and_note, run_and_tell


def has_finished(iterator, host):
    """Whether a host reached the end of the play, or was ended by `meta: end_*`."""
    ended = getattr(iterator, '_gitops_status_ended', [])
    return (
        iterator.get_host_state(host).run_state == IteratingStates.COMPLETE
        and not iterator.is_failed(host)
        and iterator._play._removed_hosts.count(host.name) <= ended.count(host.name)
    )


# ---- expressions.py
# The variables that a condition or an argument of a playbook reads. Shared by the plugin and the reporter; needs no Ansible.


CHECK_MODE = 'ansible_check_mode'

# Words of Jinja that name no variable. Filters and tests may count as variables: that only asks for one name too many.
_WORDS = frozenset('and or not in is if else true false none True False None'.split())
_STRING = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"")
_NAME = re.compile(r'(?<![\w.])[A-Za-z_]\w*')
_INDIRECT = re.compile(r'\b(?:hostvars|vars|lookup|query|q)\b')
_TEMPLATE = re.compile(r'\{\{(.*?)\}\}|\{%(.*?)%\}', re.DOTALL)


def names_in_expression(text):
    """The variables that a bare expression (`when`, `changed_when`) may read. `vars['x']` and `x.y` also name x."""
    text = str(text)
    quoted = re.findall(r"\[\s*['\"]([A-Za-z_]\w*)['\"]\s*\]", text)
    if _INDIRECT.search(text):
        # `hostvars[x].y`, `lookup('vars', 'y')`: the name is an attribute or a text.
        quoted += re.findall(r'[A-Za-z_]\w*', text)
    templates = ' '.join(a or b for a, b in _TEMPLATE.findall(text))
    bare = _STRING.sub("''", text) + ' ' + _STRING.sub("''", templates)
    return (set(_NAME.findall(bare)) | set(quoted)) - _WORDS


def names_in_template(value, depth=0):
    """The variables that a value of a playbook may read: only names between braces."""
    if isinstance(value, str):
        found = set()
        for expression, statement in _TEMPLATE.findall(value):
            found |= names_in_expression(expression or statement)
        return found
    if depth > 8:
        return set()
    if isinstance(value, dict):
        value = list(value.keys()) + list(value.values())
    if isinstance(value, (list, tuple)):
        return set().union(set(), *(names_in_template(part, depth + 1) for part in value))
    return set()


def names_behind(names, variables, limit=12):
    """`names`, and the names in their values, through variables of variables."""
    known, fresh = set(), set(names)
    for _ in range(limit):
        fresh -= known
        if not fresh:
            break
        known |= fresh
        behind = set()
        for name in fresh:
            # A mapping of all facts names nothing itself, and is large.
            if name in variables and not name.startswith(('ansible_facts', 'hostvars', 'vars')):
                behind |= names_in_template(variables[name])
        fresh = behind
    return known


def is_constant(conditions):
    """Whether a list of conditions always has the same result: `false`, `"no"`, `1 == 2`."""
    return all(isinstance(one, (bool, int, type(None))) or not names_in_expression(one) - _YES_NO for one in conditions)


def is_never(conditions):
    """Whether a list of conditions, all of which must hold, can never hold: `failed_when: false`."""
    return bool(conditions) and any(one is False or str(one).strip().lower() in ('false', 'no', 'off', 'never') for one in conditions)


_YES_NO = frozenset('yes no on off never always'.split())


# ---- ansible_skips.py
# Why a task or an item was skipped: by check mode, or by a condition that a deploy would meet.


try:
    # Since 2.19 a string is only a template if it is marked as trusted: these come from the playbook.
    from ansible.template import trust_as_template
except ImportError:

    def trust_as_template(text):
        return text

class SkipReasons:
    """A part of the plugin: it knows the play, the inventory, and what tasks have registered or set."""

    def _skips(self, result, kind, parts):
        skips = []
        skips.extend(self._skip(result, part) for part in parts if part.get('skipped') or kind == 'skipped')
        unique = {json.dumps(skip, sort_keys=True): skip for skip in skips}
        return list(unique.values())

    def _skip(self, result, part):
        text = ' '.join(str(part.get(key, '')) for key in ('msg', 'skip_reason', 'skipped_reason', 'reason')).lower()
        if 'exists, skipping' in text or 'does not exist, skipping' in text:
            return {'by': 'creates'}
        if 'conditional' in text:
            return self._skip_by_condition(result, part)
        if 'no items in the list' in text:
            names = self._names_behind(names_in_template(result._task.loop), self._variables(result._host.get_name(), result._task))
            return {'by': 'empty', 'names': self._telling(names)}
        if not text.strip() and result._task.when:
            # no_log hides the reason: the conditions are evaluated again.
            return self._skip_by_condition(result, part)
        if not text.strip() and result._task.loop is not None:
            names = self._names_behind(names_in_template(result._task.loop), self._variables(result._host.get_name(), result._task))
            return {'by': 'empty', 'names': self._telling(names)}
        if 'check mode' in text or 'check_mode' in text or not text.strip() or 'command would have run' in text:
            return {'by': 'check_mode'}
        return {'by': 'other'}

    def _skip_by_condition(self, result, part):
        host, task = result._host.get_name(), result._task
        variables = self._variables(host, task)
        loop_variable = part.get('ansible_loop_var')
        if loop_variable:
            variables = dict(variables, **{loop_variable: part.get('item')})
        conditions = self._false_conditions(part, task, variables)
        read = set().union(set(), *map(names_in_expression, conditions))
        if loop_variable in read:
            read |= self._loops.get(task._uuid, set())
        names = self._names_behind(read, variables)
        telling = self._telling(names)
        if all(self._holds(one, variables) for one in conditions) and 'false_condition' not in part:
            return {'by': 'check_mode'}
        skip = {'by': 'condition', 'names': telling}
        if CHECK_MODE in telling and not names & (set(self._derived) | {'hostvars'}):
            # A deploy would have run it only if all conditions hold without check mode.
            deploying = dict(variables, **{CHECK_MODE: False})
            skip['would_run'] = all(self._holds(one, deploying) is not False for one in task.when)
        return skip

    def _false_conditions(self, part, task, variables):
        if 'false_condition' in part:
            return [part['false_condition']]
        for one in task.when:
            if self._holds(one, variables) is False:
                return [one]
        return list(task.when)

    def _holds(self, condition, variables):
        """Whether a condition holds; None if that cannot be determined."""
        if isinstance(condition, bool):
            return condition
        templar = Templar(loader=self._play.get_loader(), variables=variables)
        try:
            text = trust_as_template('{{ true if (%s) else false }}' % condition)
            return str(templar.template(text)).strip().lower() == 'true'
        except Exception:
            return None

    def _names_behind(self, names, variables):
        known = set()
        fresh = set(names)
        while fresh - known:
            found = names_behind(fresh - known, variables)
            known |= found
            fresh = set().union(set(), *(self._derived.get(name, set()) for name in found))
        return known

    def _telling(self, names):
        return sorted(names & ({CHECK_MODE} | self._registered))

    def _variables(self, host, task):
        manager = self._play.get_variable_manager()
        return manager.get_vars(play=self._play, host=self._inventory.get_host(host), task=task)


# ---- labels.py
# GITOPS_STATUS_LABELS: one `key=text`, `key=var:NAME` or `key=group:PREFIX` a line. Shared by the plugin and the reporter.


LABEL_KEY = re.compile(r'[a-z][a-z0-9_]{0,62}\Z')
MAX_LABELS = 16
CONTROL = re.compile(r'[\x00-\x1f\x7f-\x9f]')


def parse_labels(text):
    """{key: (source, value)}, with the source `text`, `var` or `group`. Raises ValueError with the wrong line."""
    labels = {}
    for line in (text or '').splitlines():
        line = line.strip()
        if not line:
            continue
        key, equals, value = line.partition('=')
        key, value = key.strip(), value.strip()
        if not equals or not LABEL_KEY.match(key) or not value:
            raise ValueError('"%s" is not key=text, key=var:NAME or key=group:PREFIX with a key of a-z, 0-9 and _' % line)
        source, colon, rest = value.partition(':')
        labels[key] = (source, rest.strip()) if colon and source in ('var', 'group') and rest.strip() else ('text', value)
    if len(labels) > MAX_LABELS:
        raise ValueError('there are %d labels, but a report has at most %d' % (len(labels), MAX_LABELS))
    return labels


def label_values(labels, variable, groups):
    """The labels of one host: `variable` gives the value of a name, or None; `groups` are the host's groups."""
    values = {}
    for key, (source, value) in labels.items():
        if source == 'var':
            value = variable(value)
        elif source == 'group':
            value = next((group[len(value):] for group in sorted(groups) if group.startswith(value) and group != value), None)
        if value is not None and str(value).strip():
            values[key] = CONTROL.sub(' ', str(value).strip())[:255]
    return values


# ---- ansible_callback.py

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
