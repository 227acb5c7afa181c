"""The resources that an expression of the configuration uses, as far as a plan says it."""

from __future__ import annotations

import re
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

INDEX = re.compile(r'\[(?:"(?:\\.|[^"\\])*"|\d+)\]')
# These name no resource: other references begin with a resource's type.
NO_RESOURCE = frozenset(('each', 'count', 'self', 'path', 'terraform', 'tofu'))
MAX_DEPTH = 32


class References(NamedTuple):
    """`resources` are addresses without indices."""

    resources: Set[str]
    has_data: bool
    has_locals: bool


def base_address(address: str) -> str:
    """`module.m["x"].lab_file.n[0]` is an instance of `module.m.lab_file.n`."""
    return INDEX.sub('', address)


def resource_configuration(plan: Dict[str, Any], address: str) -> Optional[Dict[str, Any]]:
    path, name = _module_path(base_address(address))
    module = _module_at(plan, path)
    for resource in (module or {}).get('resources') or []:
        if isinstance(resource, dict) and resource.get('address') == name:
            return resource
    return None


def referenced_by(plan: Dict[str, Any], address: str, name: str) -> References:
    """What the argument `name` of a resource uses; without an address, what the output `name` of the root module uses."""
    collected = References(set(), False, False)
    if not address:
        output = ((_module_at(plan, ()) or {}).get('outputs') or {}).get(name) or {}
        return _resolve(plan, (), list(_references_in(output.get('expression'))), collected, 0)
    path, _ = _module_path(base_address(address))
    configuration = resource_configuration(plan, address) or {}
    references = list(_references_in((configuration.get('expressions') or {}).get(name)))
    if any(one.startswith('each.') for one in references):
        references += _references_in(configuration.get('for_each_expression'))
    if any(one.startswith('count.') for one in references):
        references += _references_in(configuration.get('count_expression'))
    return _resolve(plan, path, references, collected, 0)


def _references_in(expression: Any) -> Iterator[str]:
    """Blocks are lists and mappings of expressions."""
    if isinstance(expression, list):
        for part in expression:
            yield from _references_in(part)
    elif isinstance(expression, dict):
        references = expression.get('references')
        if isinstance(references, list) and all(isinstance(one, str) for one in references):
            yield from references
            return
        for part in expression.values():
            yield from _references_in(part)


def _resolve(plan: Dict[str, Any], path: Tuple[str, ...], references: List[str], found: References,
             depth: int) -> References:
    if depth > MAX_DEPTH:
        return found._replace(has_data=True)
    for reference in references:
        parts = base_address(reference).split('.')
        if parts[0] == 'data' or parts[0] == 'ephemeral':
            found = found._replace(has_data=True)
        elif parts[0] == 'local':
            found = found._replace(has_locals=True)
        elif parts[0] == 'var' and len(parts) > 1:
            found = _resolve_variable(plan, path, parts[1], found, depth)
        elif parts[0] == 'module':
            found = _resolve_output(plan, path, parts, found, depth)
        elif parts[0] not in NO_RESOURCE and len(parts) > 1:
            found.resources.add('.'.join([*(f'module.{one}' for one in path), *parts[:2]]))
    return found


def _resolve_variable(plan: Dict[str, Any], path: Tuple[str, ...], name: str, found: References,
                      depth: int) -> References:
    if not path:
        return found
    call = _call_at(plan, path) or {}
    references = list(_references_in((call.get('expressions') or {}).get(name)))
    if any(one.startswith('each.') for one in references):
        references += _references_in(call.get('for_each_expression'))
    return _resolve(plan, path[:-1], references, found, depth + 1)


def _resolve_output(plan: Dict[str, Any], path: Tuple[str, ...], parts: List[str], found: References,
                    depth: int) -> References:
    # In addition to `module.x.output`, the plan lists `module.x`: the same reference again.
    if len(parts) < 3:
        return found
    module = _module_at(plan, (*path, parts[1])) or {}
    output = (module.get('outputs') or {}).get(parts[2]) or {}
    return _resolve(plan, (*path, parts[1]), list(_references_in(output.get('expression'))), found, depth + 1)


def _module_path(address: str) -> Tuple[Tuple[str, ...], str]:
    parts, path = address.split('.'), []
    while len(parts) > 2 and parts[0] == 'module':
        path.append(parts[1])
        parts = parts[2:]
    return tuple(path), '.'.join(parts)


def _call_at(plan: Dict[str, Any], path: Tuple[str, ...]) -> Optional[Dict[str, Any]]:
    call = ((_module_at(plan, path[:-1]) or {}).get('module_calls') or {}).get(path[-1])
    return call if isinstance(call, dict) else None


def _module_at(plan: Dict[str, Any], path: Tuple[str, ...]) -> Optional[Dict[str, Any]]:
    configuration = plan.get('configuration')
    module = configuration.get('root_module') if isinstance(configuration, dict) else None
    for name in path:
        call = ((module or {}).get('module_calls') or {}).get(name) or {}
        module = call.get('module')
    return module if isinstance(module, dict) else None
