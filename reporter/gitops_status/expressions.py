"""The variables that a condition or an argument of a playbook reads. Shared by the plugin and the reporter; needs no
Ansible."""

from __future__ import annotations

import re

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
