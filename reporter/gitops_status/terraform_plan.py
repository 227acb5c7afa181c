"""The verdict on one plan of Terraform or OpenTofu: how the command ended, and what `show -json` says about its plan
file.

The rule was made from plans of both tools, one for each way in which a plan can look clean and prove nothing.
"""

from __future__ import annotations

import calendar
import json
import re
import time
from typing import Any, Dict, Iterator, Optional, Set

from .source_finding import Finding, out_of_sync, synced, unknown
from .terraform_changes import Changes, action_word, changes_of, check_statuses, entries, is_managed, outside_changes
from .texts import one_line

PLAN_FORMAT = re.compile(r'1\.\d+')
NO_CHANGES, HAS_CHANGES = 0, 2
LISTS = ('resource_changes', 'resource_drift', 'checks', 'relevant_attributes')
MAPS = ('configuration', 'planned_values', 'prior_state', 'output_changes')
# Lists of what the tool deferred, because it could not plan it yet.
PUT_OFF = ('deferred_changes', 'deferred_action_invocations')


def read_plan(text: bytes) -> Optional[Dict[str, Any]]:
    """The output of `show -json`, or None if that is no JSON object."""
    try:
        plan = json.loads(text.decode('utf-8'))
    except (ValueError, RecursionError):
        return None
    return plan if isinstance(plan, dict) else None


def judge_plan(exit_code: Optional[int], plan: Optional[Dict[str, Any]], refresh_only: bool,
               started_at: float, ended_at: float) -> Finding:
    """`exit_code` is that of `plan -detailed-exitcode`; the instants bound its run, in seconds since 1970."""
    try:
        return _judge(exit_code, plan, refresh_only, started_at, ended_at)
    except (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError):
        return unknown('parse', 'The plan does not have the form of format version 1.')


def _judge(exit_code: Optional[int], plan: Optional[Dict[str, Any]], refresh_only: bool,
           started_at: float, ended_at: float) -> Finding:
    if exit_code is None:
        return unknown('not_started', 'The plan could not be started: is the tool installed?')
    unreadable = _why_unreadable(plan, started_at, ended_at) if plan is not None else None
    if exit_code not in (NO_CHANGES, HAS_CHANGES):
        found = changes_of(plan, refresh_only).files if plan and not unreadable and _had_state(plan) else []
        return unknown('plan_failed', 'The plan failed (exit code %d): the log says why.' % exit_code, found)
    if plan is None:
        return unknown('parse', 'The plan ended, but what `show -json` printed of it is not a JSON object.')
    if unreadable is not None:
        return unreadable
    if not _had_state(plan) and (_configures_resources(plan) or 'fail' not in check_statuses(plan)):
        return _nothing_compared(plan)
    changes = changes_of(plan, refresh_only)
    partial = _why_plan_is_partial(plan, refresh_only)
    if partial is not None:
        return unknown('partial', partial, changes.files)
    return _judge_refresh_only(plan, changes) if refresh_only else _judge_whole(exit_code, plan, changes)


def _judge_refresh_only(plan: Dict[str, Any], changes: Changes) -> Finding:
    """It compares the state with the world, never with the commit."""
    if outside_changes(plan) or 'fail' in check_statuses(plan):
        return out_of_sync(changes.files, **_ignored(changes))
    return unknown('refresh_only', 'A refresh-only plan found nothing, but it does not look at the commit: '
                                   'only a plan without -refresh-only can say SYNCED.')


def _judge_whole(exit_code: int, plan: Dict[str, Any], changes: Changes) -> Finding:
    if exit_code == HAS_CHANGES or changes.files or 'fail' in check_statuses(plan):
        return out_of_sync(changes.files, **_ignored(changes))
    if check_statuses(plan) - {'pass'}:
        return unknown('check_failed', 'A check block could not be evaluated, so the plan does not prove it.')
    if any(action_word(entry) for entry in entries(plan, 'resource_changes')):
        return unknown('contradiction', 'The plan names changes, but its exit code says that there are none.')
    if not any(is_managed(entry) for entry in entries(plan, 'resource_changes')):
        return _nothing_compared(plan)
    return synced(**_ignored(changes))


def _ignored(changes: Changes) -> Dict[str, Any]:
    """Outside changes that the configuration ignores: reported, but no drift."""
    return {'ignored': changes.ignored} if changes.ignored else {}


def _nothing_compared(plan: Dict[str, Any]) -> Finding:
    if _configures_resources(plan):
        return unknown('no_state', 'The state holds no resource, although the configuration has some. Either nothing was '
                                   'ever applied, or this is the wrong workspace, or the state is lost.')
    return unknown('nothing_compared', 'Neither the configuration nor the state has a resource that could be compared.')


def _why_unreadable(plan: Dict[str, Any], started_at: float, ended_at: float) -> Optional[Finding]:
    version = plan.get('format_version')
    if not isinstance(version, str) or not PLAN_FORMAT.fullmatch(version):
        said = one_line(version)[:20] if isinstance(version, str) else 'none'
        return unknown('format', 'The format version of the plan is %s, but only 1.x is known.' % said)
    if 'configuration' not in plan or 'planned_values' not in plan:
        return unknown('no_plan', 'What `show -json` printed is not a plan (without a plan file it prints the state).')
    if not _has_known_form(plan):
        return unknown('parse', 'The plan does not have the form of format version 1.')
    made_at = _plan_instant(plan.get('timestamp'))
    if made_at is None:
        return unknown('timestamp', 'The plan does not say when it was made: use Terraform 1.5, OpenTofu 1.6 or newer.')
    # The plan gives whole seconds.
    if not int(started_at) <= made_at <= ended_at:
        return unknown('timestamp', 'The plan was not made by this run (or the clock was changed), so it proves nothing.')
    return None


def _has_known_form(plan: Dict[str, Any]) -> bool:
    """Empty lists are left out; the others must have the expected form."""
    lists = [plan[key] for key in LISTS if plan.get(key) is not None]
    maps = [plan[key] for key in MAPS if plan.get(key) is not None]
    return (all(isinstance(one, list) and all(isinstance(part, dict) for part in one) for one in lists)
            and all(isinstance(one, dict) for one in maps))


def _why_plan_is_partial(plan: Dict[str, Any], refresh_only: bool) -> Optional[str]:
    if plan.get('errored') is not False:
        return 'The plan is marked as failed, so it covers only a part of the resources.'
    if plan.get('complete') not in (None, True):
        return 'The plan is not complete: something was left out or deferred.'
    if any(plan.get(key) for key in PUT_OFF):
        return 'The tool has deferred a part of the plan.'
    missing = set() if refresh_only else _missing(plan)
    if missing:
        return 'The plan leaves out %d of the resources in the state, such as %s.' % (
            len(missing), one_line(min(missing))[:200])
    return None


def _missing(plan: Dict[str, Any]) -> Set[str]:
    """Resources of the state that the plan lacks: OpenTofu's only sign of a partial plan."""
    planned = {str(entry.get('address')) for entry in entries(plan, 'resource_changes')}
    return set(_managed_in_state(plan)) - planned


def _had_state(plan: Dict[str, Any]) -> bool:
    """If everything is gone from the host the refreshed state is empty too, but then the drift is named."""
    return any(True for _ in _managed_in_state(plan)) or any(map(is_managed, outside_changes(plan).values()))


def _managed_in_state(plan: Dict[str, Any]) -> Iterator[str]:
    state = plan.get('prior_state')
    values = state.get('values') if isinstance(state, dict) else None
    modules = [values.get('root_module')] if isinstance(values, dict) else []
    while modules:
        module = modules.pop()
        if isinstance(module, dict):
            modules += module.get('child_modules') or []
            yield from (str(one.get('address')) for one in entries(module, 'resources') if is_managed(one))


def _configures_resources(plan: Dict[str, Any]) -> bool:
    modules = [(plan.get('configuration') or {}).get('root_module')]
    while modules:
        module = modules.pop()
        if isinstance(module, dict):
            if any(is_managed(one) for one in entries(module, 'resources')):
                return True
            modules += [call.get('module') for call in (module.get('module_calls') or {}).values()]
    return False


def _plan_instant(text: Any) -> Optional[float]:
    try:
        return calendar.timegm(time.strptime(text, '%Y-%m-%dT%H:%M:%SZ'))
    except (TypeError, ValueError):
        return None
