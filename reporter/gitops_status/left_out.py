"""What a deploy would run and this check did not. Pure."""

from __future__ import annotations

from .expressions import CHECK_MODE
from .modules import INCLUDES, is_command, plain_module
from .proof import kind_of_task

NEVER = frozenset('fail wait_for wait_for_connection async_status pause tempfile'.split())


class LeftOut:
    """What was left out on one host: names of tasks, each with the reason; and how many commands check mode skipped."""

    def __init__(self):
        self.tasks = []
        self.by_tags = []
        self.commands = 0
        # What check mode skipped, by the name of the missing result: {register: name of the task}.
        self.not_registered = {}

    def add(self, name, why):
        if name not in (known for known, _ in self.tasks):
            self.tasks.append((name, why))


def left_out_of(host, record, named):
    tasks = record.tasks
    found = LeftOut()
    seen = []
    for result in host.results:
        task = tasks[result['task']]
        seen.append(result['task'])
        why = _why_left_out(task, result, found.not_registered)
        if why is not None:
            _note(found, task, result, why, named)
        else:
            for name in task['registers']:
                # A later task with the same register did run.
                found.not_registered.pop(name, None)
        if plain_module(task['module']) == 'git' and task['force'] and result['kind'] == 'ok' and not any(item.get('changed') for item in result['items']):
            found.add(result['name'], 'with force, git does not report edited files in check mode')
    _note_rescued(found, host, record, seen, named)
    for identity in host.dropped:
        task = tasks[identity]
        if identity not in seen:
            _note_dropped(found, task, named)
    for identity in host.may_end:
        _note_end(found, tasks[identity], record, seen)
    return found


def _why_left_out(task, result, not_registered):
    """Why a result, or items of it, are left out; None if a deploy would not have run it either."""
    for skip in result.get('skips') or []:
        if skip['by'] in ('check_mode', 'other'):
            return 'its module has no check mode'
        names = skip.get('names') or []
        if CHECK_MODE in names and skip.get('would_run', True) is not False:
            return 'its condition depends on ansible_check_mode'
        source = next((not_registered[name] for name in names if name in not_registered), None)
        if source is not None:
            return 'its condition reads the result of "%s", which check mode skipped' % source
    return None


def _note(found, task, result, why, named):
    module = plain_module(task['module'])
    for name in task['registers']:
        found.not_registered[name] = result['name']
    if task['handler']:
        return
    if is_command(module):
        found.commands += 1
    elif module in INCLUDES or kind_of_task(task, result, named) != 'reads' and module not in NEVER:
        found.add(result['name'], why)


def _note_dropped(found, task, named):
    module = plain_module(task['module'])
    if is_command(module) and kind_of_task(task, None, named) == 'command':
        found.commands += 1
    elif module in INCLUDES or kind_of_task(task, None, named) != 'reads' and module not in NEVER:
        if task['name'] not in found.by_tags:
            found.by_tags.append(task['name'])


def _note_rescued(found, host, record, seen, named):
    """Tasks that did not run because of a rescued failure. If the playbook itself says `fail`, a deploy does not run
    them either."""
    for result in host.results:
        task = record.tasks[result['task']]
        if result['kind'] != 'failed' or plain_module(task['module']) in ('fail', 'assert'):
            continue
        for inside in record.rescued_blocks:
            if result['task'] not in inside:
                continue
            for identity in inside[inside.index(result['task']) + 1:]:
                missed = record.tasks[identity]
                if identity not in seen and kind_of_task(missed, None, named) not in ('reads', 'command', 'handler'):
                    found.add(missed['name'], 'it did not run, because "%s" failed and was rescued' % result['name'])


def _note_end(found, task, record, seen):
    # If the condition did not hold, Ansible reports the skip (for end_play and end_batch once for all hosts). If it
    # held, nothing more is reported for this host.
    if task['meta'] in ('end_play', 'end_batch'):
        seen = [result['task'] for host in record.hosts.values() for result in host.results]
    if task['id'] not in seen:
        name = task['name'] if task['name'] != 'meta' else 'meta: ' + (task['meta'] or '')
        found.add(name, 'it ends the check because of ansible_check_mode')
