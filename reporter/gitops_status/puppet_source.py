"""The source `puppet`: a noop run of `puppet apply` or `puppet agent`, and the report that it leaves."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import tempfile
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from .source_finding import Finding, PreparedCheck, ProgramOutcome, Refusal, Surroundings, TargetFinding, unknown
from .source_names import repo_path, valid_server
from .puppet_report import judge_report
from .puppet_yaml import YamlUnreadable, read_ruby_yaml

PACKAGED_PUPPET = '/opt/puppetlabs/bin/puppet'
LONG_OPTION = re.compile(r'--(?:\[?no-)?([A-Za-z][\w-]*)(?:=(.*))?', re.DOTALL)
PUPPET_REFUSED = {
    'tags': 'it leaves resources out',
    'skip_tags': 'it leaves resources out',
    'catalog': 'a given catalog may be older than the commit',
    'use_cached_catalog': 'a cached catalog may be older than the commit',
    'usecacheonfailure': 'a cached catalog may be older than the commit',
    'lastrunreport': 'the report of this run is the reporter\'s own',
    'report': 'without its report, a run says nothing',
    'daemonize': 'the check must be one run that ends',
    'fingerprint': 'it makes no run',
    'configprint': 'it makes no run',
    'genconfig': 'it makes no run',
    'show_diff': 'it prints the content of files',
}
PUPPET_OPTIONS_GIVEN = ('--noop', '--detailed-exitcodes', '--no-show_diff', '--color=false', '--report')
# The meaning of `agent --test`, without printing differences.
ONE_RUN = ('--onetime', '--no-daemonize', '--no-usecacheonfailure', '--no-splay', '--verbose')


class PuppetArguments(NamedTuple):
    command: str
    words: List[str]
    environment: Optional[str]
    certname: Optional[str]


def add_puppet_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--tool', help='the program to run (default: puppet)')


def prepare_puppet(options: argparse.Namespace, words: List[str], context: Surroundings) -> PreparedCheck:
    """`puppet WORDS` as noop. Raises Refusal if the arguments or the names do not allow a proof."""
    arguments = puppet_arguments(words)
    check = context.environ.get('GITOPS_STATUS_CHECK') or _check_name(arguments, context)
    tool = options.tool or shutil.which('puppet', path=context.environ.get('PATH')) or PACKAGED_PUPPET
    named = context.environ.get('SERVER_NAME')
    server = valid_server(named or arguments.certname or _certname(tool, context))

    def run() -> List[TargetFinding]:
        scratch = tempfile.mkdtemp(prefix='gitops-status-puppet-')
        try:
            finding, host, text = _run_noop(tool, arguments, os.path.join(scratch, 'report.yaml'), context)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        # The report is the best source: manifests and run modes may have names of their own.
        return [TargetFinding(valid_server(named or host or server), check, 'puppet', finding, text)]
    return PreparedCheck(check, server, run)


def puppet_arguments(words: List[str]) -> PuppetArguments:
    if not words or words[0] not in ('apply', 'agent'):
        raise Refusal('After -- comes what to run: `apply MANIFEST` or `agent`.')
    kept: List[str] = []
    values: Dict[str, Optional[str]] = {}
    for position, word in enumerate(words[1:], 1):
        option = LONG_OPTION.fullmatch(word)
        name = option.group(1).replace('-', '_') if option else ''
        if name == 'noop' and word != '--noop':
            raise Refusal('%s is refused: the check must not change the host.' % word)
        if name in PUPPET_REFUSED and not _is_harmless(word, name):
            raise Refusal('--%s is refused: %s.' % (name, PUPPET_REFUSED[name]))
        if name in ('environment', 'certname') and option:
            values[name] = option.group(2) or (words[position + 1] if position + 1 < len(words) else None)
        if word not in ('--noop', '--test', '-t', '--detailed-exitcodes'):
            kept.append(word)
    return PuppetArguments(words[0], kept, values.get('environment'), values.get('certname'))


def puppet_command(tool: str, arguments: PuppetArguments, report: str) -> List[str]:
    once = ONE_RUN if arguments.command == 'agent' else ()
    return [tool, arguments.command, *PUPPET_OPTIONS_GIVEN, '--lastrunreport=' + report, *once, *arguments.words]


def _is_harmless(word: str, name: str) -> bool:
    """Whether an option only states the default, off or on."""
    if name == 'report':
        return word == '--report'
    return word.startswith('--no-') and name in ('usecacheonfailure', 'use_cached_catalog', 'daemonize', 'show_diff')


def _run_noop(tool: str, arguments: PuppetArguments, path: str, context: Surroundings) -> Tuple[Finding, Optional[str], str]:
    started_at = context.now()
    outcome = context.run(puppet_command(tool, arguments, path), context.environ, context.directory, True)
    ended_at = context.now()
    text = (outcome.stdout + outcome.stderr).decode('utf-8', 'replace')
    report: Any = None
    if os.path.exists(path):
        try:
            report = read_ruby_yaml(path, context.environ, _runner(context))
        except YamlUnreadable as error:
            return unknown('parse', str(error)), None, text
    finding = judge_report(outcome.exit_code, report, started_at, ended_at, arguments.environment)
    host = report.get('host') if isinstance(report, dict) else None
    return finding, host if isinstance(host, str) and host else None, text


def _runner(context: Surroundings) -> Callable[[List[str]], ProgramOutcome]:
    def run(argv: List[str]) -> ProgramOutcome:
        return context.run(argv, context.environ, context.directory, True)
    return run


def _certname(tool: str, context: Surroundings) -> str:
    outcome = context.run([tool, 'config', 'print', 'certname', '--section', 'agent'], context.environ,
                          context.directory, True)
    lines = outcome.stdout.decode('utf-8', 'replace').split()
    return lines[-1] if outcome.exit_code == 0 and lines else context.host_name


def _check_name(arguments: PuppetArguments, context: Surroundings) -> str:
    last = arguments.words[-1] if arguments.words else ''
    manifest = os.path.join(context.directory, last)
    if arguments.command == 'apply' and last and not last.startswith('-') and os.path.exists(manifest):
        return 'puppet ' + repo_path(manifest, context.repo_root)
    return 'puppet ' + arguments.command
