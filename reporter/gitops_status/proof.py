"""What one result proves: whether its task compares, and which of its items are drift. Pure."""

from __future__ import annotations

from .differences import short_name
from .expressions import is_constant, is_never
from .modules import NO_DRIFT, compares, is_command, is_named, plain_module, reads

CACHE_ARGUMENTS = frozenset('update_cache cache_valid_time update_cache_retries update_cache_retry_max_delay lock_timeout'.split())
PACKAGE_MANAGERS = frozenset('apt dnf dnf5 yum package apk pacman zypper'.split())


def kind_of_task(task, result, named):
    """`compares`, `reads`, `command` (runs only for its effect), `handler` or `other`. `named`: GITOPS_STATUS_COMPARES."""
    module = plain_module(task['module'])
    if task['handler']:
        return 'handler'
    if result is not None and result.get('read'):
        return 'reads'
    if is_named(module, named):
        return 'compares'
    if is_command(module):
        return 'compares' if _command_compares(task, result) else 'command'
    if reads(module) or _only_refreshes(module, task):
        return 'reads'
    return 'compares' if compares(module) else 'other'


def _command_compares(task, result):
    if _tells_by_condition(task) and result is not None and result.get('real'):
        return True
    return bool({'creates', 'removes'} & set(task['arguments']))


def _tells_by_condition(task):
    return bool(task['changed_when']) and not is_constant(task['changed_when'])


def _only_refreshes(module, task):
    """`apt: update_cache` alone checks no package: an old list is no drift."""
    arguments = set(task['arguments'])
    return short_name(module) in PACKAGE_MANAGERS and bool(arguments) and arguments <= CACHE_ARGUMENTS


def hides_changes(task):
    return bool(task['changed_when'])


def is_drift_module(task, kind):
    module = plain_module(task['module'])
    if kind == 'handler' or module in NO_DRIFT:
        return False
    # A task that only reads has found drift if the playbook itself says how to tell.
    return kind != 'reads' or _tells_by_condition(task)


def drift_in(task, result, kind):
    """The items of a result that are drift of its host."""
    if result.get('read') or not is_drift_module(task, kind):
        return []
    if result.get('real'):
        # It ran for real. What a condition says (`changed_when: r.rc == 1`) was found, everything else was done.
        if result.get('delegated') or not (is_command(plain_module(task['module'])) or kind == 'reads') or not _tells_by_condition(task):
            return []
    return [item for item in result['items'] if _is_drift(item, task, result, kind)]


def _is_drift(item, task, result, kind):
    if item.get('failed'):
        # A failed command also says "changed", but found nothing; `failed_when: it is changed` did.
        return bool(item.get('changed') and item.get('by_condition'))
    if item.get('changed'):
        return True
    # `changed_when: false` does not remove a difference.
    return hides_changes(task) and bool(item.get('differs')) and not result.get('delegated') and kind != 'reads'


def changes_of_host(task, result, kind):
    """Whether a task with `check_mode: false` changed the host itself."""
    if not result.get('real') or result.get('delegated') or result.get('read') or kind == 'handler':
        return []
    module = plain_module(task['module'])
    if module in NO_DRIFT or module == 'tempfile':
        return []
    if _tells_by_condition(task) and (is_command(module) or kind == 'reads'):
        return []
    hidden = hides_changes(task) and kind != 'reads'
    # A failed command also says "changed".
    return [item for item in result['items'] if not item.get('failed') and (item.get('changed') or (hidden and item.get('differs')))]


def proves(task, result, kind, named):
    """Whether this result shows that its host was compared with the repo."""
    if result['kind'] not in ('ok', 'failed', 'ignored') or kind not in ('compares', 'other'):
        return False
    if result.get('delegated') and not is_named(plain_module(task['module']), named):
        return False
    if kind == 'other' or has_failed(result) or never_fails(task):
        return bool(drift_in(task, result, kind))
    return result['kind'] == 'ok' and result.get('ran', 1) > 0


def has_failed(result):
    return result['kind'] in ('failed', 'ignored') or any(item.get('failed') for item in result['items'])


def never_fails(task):
    return is_never(task['failed_when'])
