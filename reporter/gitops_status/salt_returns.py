"""The verdict on `state.apply test=True` of Salt, for one minion or for many.

`true` is in sync, `null` would change, `false` failed. An error is no dictionary: it is an array or a text, in Salt's
own words.
"""

from __future__ import annotations

import json
import re
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Set, Tuple

from .source_finding import File, Finding, out_of_sync, synced, unknown
from .texts import one_line

# Test mode cannot know their effect, so their result is `null` in every run.
RUNS = frozenset(
    'cmd.run cmd.script cmd.call cmd.wait cmd.wait_script cmd.wait_call module.run module.wait event.send http.query'.split()
)
# Only these give test mode a question to ask the host.
GUARDS = ('creates', 'unless', 'onlyif')
# They look at nothing on the host.
NO_COMPARISON = frozenset(('test', 'event', 'http', 'module', 'cmd', 'no'))
STATE_KEY = re.compile(r'(.+?)_\|-(.*)_\|-(.*)_\|-(.+)', re.DOTALL)

Guarded = Optional[Dict[str, bool]]


class State(NamedTuple):
    """One entry of a minion's return."""

    key: str
    module: str
    function: str
    returned: Dict[str, Any]

    @property
    def result(self) -> Any:
        return self.returned['result']

    @property
    def is_run(self) -> bool:
        return '%s.%s' % (self.module, self.function) in RUNS


def read_returns(text: bytes) -> Optional[Dict[str, Any]]:
    """By minion. `salt` without --static prints one document after the other. None if that is no JSON."""
    decoder = json.JSONDecoder()
    returns: Dict[str, Any] = {}
    try:
        rest = text.decode('utf-8').strip()
        while rest:
            document, end = decoder.raw_decode(rest)
            if not isinstance(document, dict):
                return None
            returns.update(document)
            rest = rest[end:].lstrip()
    except (ValueError, RecursionError):
        return None
    return returns


def guarded_states(low: Any) -> Guarded:
    """By key, whether a state has a condition of its own; from `state.show_lowstate` or `show_low_sls`."""
    if not isinstance(low, list) or not all(isinstance(one, dict) for one in low):
        return None
    return {
        '_|-'.join(str(one.get(part)) for part in ('state', '__id__', 'name', 'fun')):
            any(guard in one for guard in GUARDS)
        for one in low
    }


def judge_minion(exit_code: Optional[int], returned: Any, guarded: Guarded = None) -> Finding:
    """`exit_code` is None if many minions share it. Without `guarded`, it is not known which commands have a condition."""
    try:
        return _judge_states(exit_code, returned, guarded)
    except (AttributeError, KeyError, TypeError, ValueError):
        return unknown('parse', 'What the minion returned does not have the form of states and their results.')


def judge_minions(returns: Optional[Dict[str, Any]], expected: Iterable[str],
                  guarded: Dict[str, Guarded]) -> Dict[str, Finding]:
    """One finding for each minion that was expected or has returned."""
    found: Dict[str, Finding] = {}
    for minion in sorted({*expected, *(returns or {})}):
        if returns is None:
            found[minion] = unknown('parse', 'What salt printed is not JSON.')
        elif minion not in returns or returns[minion] is False:
            found[minion] = unknown('no_return', 'The minion has not answered, so its state is not known.')
        else:
            found[minion] = judge_minion(None, returns[minion], guarded.get(minion))
    return found


def _judge_states(exit_code: Optional[int], returned: Any, guarded: Guarded) -> Finding:
    if not isinstance(returned, dict):
        return unknown('not_applied', 'Salt gave an error instead of states (rendering, a missing sls, another run, '
                                      'no answer): its log says which.')
    states = [*_states(returned)]
    runs = [one for one in states if one.is_run and one.result is None]
    unguarded = [one for one in runs if guarded is not None and guarded.get(one.key) is False]
    unclear = [one for one in runs if guarded is None or one.key not in guarded]
    drifted = [one for one in states if one.result is None and one not in unguarded and one not in unclear]
    files = _state_files(one for one in drifted if one.module != 'test')
    counted = {'skipped_in_check_mode': len(unguarded)} if unguarded else {}
    problem = _problem(exit_code, states, unclear)
    if files:
        return out_of_sync(files, *(problem or ()), **counted)
    if problem is not None and states:
        return unknown(*problem)
    if not any(_compares(one) for one in states):
        return unknown('nothing_compared', 'No state compared the host with the repo.')
    return synced(**counted)


def _problem(exit_code: Optional[int], states: List[State], unclear: List[State]) -> Optional[Tuple[str, str]]:
    failed = [one for one in states if one.result is False]
    changed = [one for one in states if one.result is True and one.returned.get('changes')]
    # Not `in`, because 1 and 0 equal true and false.
    odd = [one for one in states if not (one.result is None or isinstance(one.result, bool))]
    if failed:
        return 'failed', 'The state %s failed%s.' % _first(failed)
    if odd:
        return 'parse', 'The state %s has a result that is neither true, false nor null%s.' % _first(odd)
    if changed:
        return 'changed_the_host', 'The state %s says that it changed something, although this is a test%s.' % _first(changed)
    if unclear:
        return 'left_out', ('It is not known whether the command of %s%s has a condition. It was not run, so it '
                            'proves nothing.' % _first(unclear))
    if exit_code not in (None, 0):
        return 'failed', 'Salt ended with exit code %d: its log says why.' % exit_code
    return None


def _states(returned: Dict[str, Any]) -> Iterator[State]:
    for key, one in returned.items():
        match = STATE_KEY.fullmatch(key)
        if match is None or not isinstance(one, dict) or 'result' not in one:
            raise ValueError(key)
        yield State(key, match.group(1), match.group(4), one)


def _compares(state: State) -> bool:
    """A state that its condition left out was not compared; such a command was."""
    if state.result is not True or state.returned.get('__state_ran__') is False:
        return False
    if state.is_run:
        return state.module == 'cmd' and bool(state.returned.get('skip_watch'))
    return state.module not in NO_COMPARISON and not state.returned.get('skip_watch')


def _state_files(states: Iterable[State]) -> List[File]:
    names: Set[str] = set()
    for state in states:
        names |= set(_names(state))
    return [{'name': name} for name in sorted(names)]


def _names(state: State) -> Iterator[str]:
    """What people look for. The keys of `changes` are paths or packages in these; the values are never sent."""
    changes = state.returned.get('changes')
    keys = [*changes] if isinstance(changes, dict) else []
    if state.module == 'file' and keys and all(key.startswith('/') for key in keys):
        yield from (one_line(key) for key in keys)
    elif state.module == 'pkg' and keys and all(isinstance(changes[key], dict) for key in keys):
        yield from (one_line(key) for key in keys)
    else:
        yield _label(state)


def _label(state: State) -> str:
    name, identifier = state.returned.get('name'), str(state.returned.get('__id__'))
    if state.module in NO_COMPARISON:
        # The name of such a state is its command line, which may have a secret. So is its id, if it has no other.
        where = 'number %s' % state.returned.get('__run_num__') if identifier == name else identifier
        return one_line('%s.%s %s' % (state.module, state.function, where))
    return one_line(name if isinstance(name, str) and name else identifier)


def _first(states: List[State]) -> Tuple[str, str]:
    others = len(states) - 1
    return _label(states[0])[:200], ' (and %d more)' % others if others else ''
