"""What has drifted according to a plan of Terraform or OpenTofu (`show -json`): addresses, actions and origins, never
values."""

from __future__ import annotations

import re
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Set

from .source_finding import File
from .terraform_references import base_address, referenced_by, resource_configuration
from .texts import one_line

ACTION_WORDS = frozenset(('create', 'read', 'update', 'delete', 'forget', 'replace'))
# These reasons for a replacement do not come from another resource.
OWN_REASONS = re.compile(r'tainted|request|^delete_')


class Changes(NamedTuple):
    """`files` as in the report; `ignored` has the addresses that changed outside without a consequence."""

    files: List[File]
    ignored: List[str]


def entries(plan: Dict[str, Any], key: str) -> List[Dict[str, Any]]:
    """The entries of a list; empty lists are left out of the plan."""
    return [entry for entry in plan.get(key) or [] if isinstance(entry, dict)]


def is_managed(entry: Dict[str, Any]) -> bool:
    return entry.get('mode') == 'managed'


def change_of(entry: Dict[str, Any]) -> Dict[str, Any]:
    change = entry.get('change')
    return change if isinstance(change, dict) else {}


def action_word(entry: Dict[str, Any]) -> Optional[str]:
    """The planned action, or None if there is none. A move and an import alone are `no-op`."""
    change = change_of(entry)
    actions = change.get('actions')
    if change.get('importing'):
        return 'import'
    if actions == ['no-op']:
        return 'move' if entry.get('previous_address') else None
    if actions == ['read'] and not is_managed(entry):
        return None
    if not isinstance(actions, list) or not actions:
        return 'unknown'
    if len(actions) > 1 and 'create' in actions:
        return 'replace'
    return actions[0] if len(actions) == 1 and actions[0] in ACTION_WORDS else 'unknown'


def outside_changes(plan: Dict[str, Any]) -> Dict[str, Dict[str, Any]]:
    """By address, what changed outside. An entry may be only a move: its action is `no-op`."""
    drifted = (entry for entry in entries(plan, 'resource_drift') if change_of(entry).get('actions') != ['no-op'])
    return {str(entry.get('address')): entry for entry in drifted}


def changes_of(plan: Dict[str, Any], refresh_only: bool) -> Changes:
    outside = outside_changes(plan)
    planned = {str(one.get('address')): one for one in entries(plan, 'resource_changes') if action_word(one)}
    outputs = [name for name, change in _output_changes(plan) if change.get('actions') != ['no-op']]
    if refresh_only:
        effective = set(outside)
    else:
        effective = {one for one in outside if one in planned or (_is_relevant(one, plan) and (planned or outputs))}

    causes = {base_address(one) for one in effective} | {
        base_address(address) for address, one in planned.items() if action_word(one) != 'create'
    }
    quiet = {base_address(one) for one in effective if one not in planned}
    followers = {address for address, one in planned.items() if address not in effective
                 and _is_follower(one, plan, causes, quiet)}
    files = [_address_file(one, 'host', action_word(outside[one]) or 'unknown') for one in effective
             if one not in planned or _is_undone(outside[one], planned[one], plan)]
    named = {one['name'] for one in files}
    files += [_address_file(one, 'commit', action_word(entry) or 'unknown') for one, entry in planned.items()
              if one not in followers and one_line(one) not in named]
    changed = causes | {base_address(one) for one in planned}
    files += [_address_file('output.' + name, 'commit', action_word({'change': change}) or 'unknown')
              for name, change in _output_changes(plan)
              if name in outputs and not _is_explained_output(name, plan, changed)]
    files += [_address_file(name, 'host', 'check') for name in _failing_checks(plan) if one_line(name) not in named]
    ignored = sorted(one_line(one) for one in outside if one not in effective)
    return Changes(sorted(files, key=lambda one: one['name']), ignored)


def check_statuses(plan: Dict[str, Any]) -> Set[str]:
    return {str(check.get('status')) for check in entries(plan, 'checks')}


def _address_file(address: str, origin: str, change: str) -> File:
    return {'name': one_line(address), 'origin': origin, 'change': change}


def _output_changes(plan: Dict[str, Any]) -> Iterator[Any]:
    for name, change in sorted((plan.get('output_changes') or {}).items()):
        if isinstance(change, dict):
            yield name, change


def _is_relevant(address: str, plan: Dict[str, Any]) -> bool:
    relevant = {base_address(str(one.get('resource'))) for one in entries(plan, 'relevant_attributes')}
    return base_address(address) in relevant


def _is_undone(outside: Dict[str, Any], planned: Dict[str, Any], plan: Dict[str, Any]) -> bool:
    """Whether the plan undoes what changed outside. Otherwise only the commit changes this resource, elsewhere."""
    drift, change = change_of(outside), change_of(planned)
    if not isinstance(drift.get('after'), dict) or not isinstance(change.get('before'), dict):
        return True
    if not isinstance(drift.get('before'), dict) or not isinstance(change.get('after'), dict):
        return True
    configured = (resource_configuration(plan, str(planned.get('address'))) or {}).get('expressions')
    drifted = {name for name in drift['after'] if drift['after'].get(name) != drift['before'].get(name)}
    undone = {name for name in set(change['before']) | set(change['after']) if _differs(change, name)}
    if isinstance(configured, dict) and undone & set(configured):
        undone &= set(configured)
    return bool(drifted & undone)


def _differs(change: Dict[str, Any], name: str) -> bool:
    return _is_unknown(change, name) or _known_differs(change, name)


def _is_unknown(change: Dict[str, Any], name: str) -> bool:
    return _has_true((change.get('after_unknown') or {}).get(name))


def _has_true(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_true(part) for part in value.values())
    if isinstance(value, list):
        return any(_has_true(part) for part in value)
    return value is True


def _known_differs(change: Dict[str, Any], name: str) -> bool:
    unknown = (change.get('after_unknown') or {}).get(name)
    return _values_differ(change['before'].get(name), change['after'].get(name), unknown)


def _values_differ(before: Any, after: Any, unknown: Any) -> bool:
    """Whether the known parts of a value differ."""
    if unknown is True:
        return False
    if isinstance(before, dict) and isinstance(after, dict):
        parts = unknown if isinstance(unknown, dict) else {}
        return any(_values_differ(before.get(key), after.get(key), parts.get(key)) for key in set(before) | set(after))
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        parts = unknown if isinstance(unknown, list) and len(unknown) == len(after) else [None] * len(after)
        return any(_values_differ(*three) for three in zip(before, after, parts))
    return before != after


def _is_follower(entry: Dict[str, Any], plan: Dict[str, Any], causes: Set[str], quiet: Set[str]) -> bool:
    """Whether this resource changes only because it uses another one that does.

    An unknown value comes from a resource that is about to change (`causes`). A known one has changed if its resource
    changed outside and stays so (`quiet`). Data sources explain nothing: they may have changed themselves. In doubt it
    is no follower: naming one too many does no harm.
    """
    change, address = change_of(entry), str(entry.get('address'))
    configuration = resource_configuration(plan, address)
    if action_word(entry) not in ('update', 'replace') or OWN_REASONS.search(str(entry.get('action_reason') or '')):
        return False
    if configuration is None or not isinstance(change.get('before'), dict) or not isinstance(change.get('after'), dict):
        return False
    expressions = configuration.get('expressions') or {}
    differing = [name for name in expressions if _differs(change, name)]
    if not differing:
        return entry.get('action_reason') == 'replace_by_triggers'
    return all(_is_explained(change, name, plan, address, causes, quiet) for name in differing)


def _is_explained(change: Dict[str, Any], name: str, plan: Dict[str, Any], address: str,
                  causes: Set[str], quiet: Set[str]) -> bool:
    found = referenced_by(plan, address, name)
    others = causes - {base_address(address)}
    if found.has_data:
        return False
    if _known_differs(change, name):
        return not _is_unknown(change, name) and bool(found.resources & quiet)
    return bool(found.resources & others) or (found.has_locals and _is_any_relevant(others, plan))


def _is_any_relevant(bases: Set[str], plan: Dict[str, Any]) -> bool:
    """A plan does not give the expression of a local value, but the resources that its changes come from."""
    return any(base_address(str(one.get('resource'))) in bases for one in entries(plan, 'relevant_attributes'))


def _is_explained_output(name: str, plan: Dict[str, Any], changed: Set[str]) -> bool:
    found = referenced_by(plan, '', name)
    return bool(found.resources & changed) or (found.has_locals and _is_any_relevant(changed, plan))


def _failing_checks(plan: Dict[str, Any]) -> Iterator[str]:
    for check in entries(plan, 'checks'):
        if check.get('status') != 'fail':
            continue
        failing = [one for one in entries(check, 'instances') if one.get('status') == 'fail']
        for one in failing or [check]:
            address = one.get('address')
            yield str(address.get('to_display') if isinstance(address, dict) else address)
