"""What may be reported about a difference that a module found: where, and of what kind. Never content, never a hash of
it."""

from __future__ import annotations

import collections
import posixpath
import re

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
