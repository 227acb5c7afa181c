"""The source `salt`: `state.apply test=True`, by salt-call on the machine itself or by salt for many minions."""

from __future__ import annotations

import argparse
import json
import os
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from .source_finding import Finding, PreparedCheck, ProgramOutcome, Refusal, Surroundings, TargetFinding, unknown
from .source_names import valid_server
from .salt_returns import RUNS, Guarded, guarded_states, judge_minion, judge_minions, read_returns

SHORT_WITH_VALUE = frozenset(('-c', '-l', '-t'))
# As options of salt and salt-call, and as arguments of state.apply.
REFUSED_OPTIONS = {
    '--async': 'it does not wait for the result',
    '--batch': 'it changes the output format',
    '-b': 'it changes the output format',
    '--subset': 'it leaves minions out',
    '--hide-timeout': 'it hides the minions that do not answer',
    '--out': 'the reporter reads JSON',
    '--output': 'the reporter reads JSON',
    '--out-file': 'the reporter reads what is printed',
    '--output-file': 'the reporter reads what is printed',
    '--return': 'the reporter reads what is printed',
    '--metadata': 'it changes the output format',
}
REFUSED_ARGUMENTS = {
    'exclude': 'it leaves states out',
    'mock': 'it does not look at the host',
}
OUTPUT = ('--out=json', '--no-color')


class SaltArguments(NamedTuple):
    """`options` go before the function; `states` are names of sls, none for the highstate; `settings` are key=value."""

    options: List[str]
    states: List[str]
    settings: List[str]


def add_salt_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--master', action='store_true', help='take the states from the master, not from this machine')
    parser.add_argument('--minions', metavar='TARGET', help='run on the master: check the minions that TARGET matches')
    parser.add_argument('--tool', help='the program to run (default: salt-call, with --minions salt)')


def prepare_salt(options: argparse.Namespace, words: List[str], context: Surroundings) -> PreparedCheck:
    """The states in test mode. Raises Refusal if the arguments or the names do not allow a proof."""
    arguments = salt_arguments(words)
    check = context.environ.get('GITOPS_STATUS_CHECK') or ' '.join(['salt', ','.join(arguments.states) or 'highstate'])
    call = Call(options.tool or ('salt' if options.minions else 'salt-call'), _call_words(options, arguments), context)
    if options.minions and context.environ.get('SERVER_NAME'):
        raise Refusal('SERVER_NAME is one target, but --minions checks many: each is named by its minion id.')
    server = None if options.minions else valid_server(context.environ.get('SERVER_NAME') or _minion_id(call))

    def run() -> List[TargetFinding]:
        if server is None:
            findings, text = _check_many(call, arguments)
        else:
            finding, text = _check_one(call, arguments)
            findings = {server: finding}
        return [TargetFinding(valid_server(name), check, 'salt', found, text) for name, found in findings.items()]
    return PreparedCheck(check, server, run)


class Call(NamedTuple):
    """The program, and the words before the function."""

    tool: str
    words: List[str]
    context: Surroundings

    def run(self, *function: str) -> ProgramOutcome:
        return self.context.run([self.tool, *self.words, *function], self.context.environ, self.context.directory, True)


def salt_arguments(words: List[str]) -> SaltArguments:
    arguments = SaltArguments([], [], [])
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, has_value, value = word.partition('=')
        if word.startswith('-'):
            if name in REFUSED_OPTIONS:
                raise Refusal('%s is refused: %s.' % (name, REFUSED_OPTIONS[name]))
            arguments.options.append(word)
            if word in SHORT_WITH_VALUE and rest:
                arguments.options.append(rest.pop(0))
        elif not has_value:
            arguments.states.append(word)
        elif name in REFUSED_ARGUMENTS:
            raise Refusal('%s= is refused: %s.' % (name, REFUSED_ARGUMENTS[name]))
        elif name == 'test':
            if value.lower() != 'true':
                raise Refusal('test=%s is refused: the check must not change the host.' % value[:20])
        else:
            arguments.settings.append(word)
    return arguments


def apply_words(arguments: SaltArguments) -> List[str]:
    return ['state.apply', *_sls_words(arguments), *arguments.settings, 'test=True']


def low_words(arguments: SaltArguments) -> List[str]:
    """Asks for the states with their arguments: only these show which commands have a condition."""
    function = ['state.show_low_sls', *_sls_words(arguments)] if arguments.states else ['state.show_lowstate']
    return [*function, *(one for one in arguments.settings if not one.startswith(('queue=', 'concurrent=')))]


def _sls_words(arguments: SaltArguments) -> List[str]:
    return [','.join(arguments.states)] if arguments.states else []


def _call_words(options: argparse.Namespace, arguments: SaltArguments) -> List[str]:
    if options.minions:
        return [*OUTPUT, '--static', *arguments.options, options.minions]
    return [*([] if options.master else ['--local']), *OUTPUT, '--retcode-passthrough', *arguments.options]


def _check_one(call: Call, arguments: SaltArguments) -> Tuple[Finding, str]:
    applied = call.run(*apply_words(arguments))
    text = applied.stderr.decode('utf-8', 'replace')
    if applied.exit_code is None:
        return unknown('not_started', '%s could not be started: is it installed?' % os.path.basename(call.tool)), text
    returns = read_returns(applied.stdout)
    if returns is None or len(returns) != 1:
        return unknown('parse', 'What salt-call printed is not the JSON of one minion.'), text
    returned = next(iter(returns.values()))
    guarded = _guarded(call, arguments, returns)
    return judge_minion(applied.exit_code, returned, next(iter(guarded.values()), None)), text


def _check_many(call: Call, arguments: SaltArguments) -> Tuple[Dict[str, Finding], str]:
    expected = _matched(call)
    applied = call.run(*apply_words(arguments))
    text = applied.stderr.decode('utf-8', 'replace')
    returns = read_returns(applied.stdout) if applied.exit_code is not None else None
    if not expected and not returns:
        raise Refusal('%s matches no minion, or salt does not run here, so there is no target.' % call.words[-1])
    return judge_minions(returns, expected, _guarded(call, arguments, returns or {})), text


def _guarded(call: Call, arguments: SaltArguments, returns: Dict[str, Any]) -> Dict[str, Guarded]:
    """Asked only if a state would run something, because the answer is large."""
    if not any(_would_run(one) for one in returns.values()):
        return {}
    shown = call.run(*low_words(arguments))
    return {minion: guarded_states(low) for minion, low in (read_returns(shown.stdout) or {}).items()}


def _would_run(returned: Any) -> bool:
    if not isinstance(returned, dict):
        return False
    functions = ('%s.%s' % (key.split('_|-')[0], key.split('_|-')[-1]) for key, one in returned.items()
                 if isinstance(one, dict) and one.get('result') is None)
    return any(function in RUNS for function in functions)


def _matched(call: Call) -> List[str]:
    """The minions that the master knows and the target matches, including those that do not answer."""
    shown = call.run('--preview-target')
    try:
        matched = json.loads(shown.stdout.decode('utf-8'))
    except ValueError:
        return []
    return [one for one in matched if isinstance(one, str)] if isinstance(matched, list) else []


def _minion_id(call: Call) -> str:
    shown = call.run('grains.get', 'id')
    returns: Optional[Dict[str, Any]] = read_returns(shown.stdout)
    name = next(iter(returns.values()), None) if returns else None
    if shown.exit_code != 0 or not isinstance(name, str) or not name:
        raise Refusal('`salt-call grains.get id` gives no minion id, so the target has no name: set SERVER_NAME.')
    return name
