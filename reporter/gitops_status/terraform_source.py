"""The source `terraform`: makes its own plan with Terraform or OpenTofu, and reads it.

A given plan file proves nothing: a plan made with `-refresh=false` looks the same as one in sync.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import tempfile
from typing import Dict, Iterable, List, Mapping, NamedTuple, Optional, Tuple

from .source_finding import Finding, PreparedCheck, ProgramOutcome, Refusal, Surroundings, TargetFinding, unknown
from .source_names import directory_name, valid_server
from .terraform_plan import judge_plan, read_plan

OPTION = re.compile(r'--?([A-Za-z][A-Za-z-]*)(?:=(.*))?', re.DOTALL)
WITH_VALUE = frozenset(('var', 'var-file', 'lock-timeout', 'parallelism', 'deprecation'))
SWITCHES = frozenset(('lock', 'compact-warnings', 'concise', 'consolidate-warnings', 'consolidate-errors'))
# These are always given.
PLAN_OPTIONS_GIVEN = frozenset(('detailed-exitcode', 'input', 'no-color'))
PLAN_REFUSED = {
    'target': 'it leaves resources out',
    'target-file': 'it leaves resources out',
    'exclude': 'it leaves resources out',
    'exclude-file': 'it leaves resources out',
    'refresh': 'without a refresh, the plan does not look at the servers',
    'destroy': 'it plans to destroy everything, not what the commit says',
    'replace': 'it adds a change',
    'allow-deferral': 'it defers resources',
    'out': 'the plan file is the reporter\'s own: it holds secrets and is deleted',
    'generate-config-out': 'it writes files',
    'json': 'the reporter reads the plan file',
    'show-sensitive': 'it prints secrets',
    'state': 'it reads another state',
    'state-out': 'it names another state',
    'backup': 'it writes files',
}
TRUE, FALSE = frozenset(('1', 't', 'T', 'TRUE', 'true', 'True')), frozenset(('0', 'f', 'F', 'FALSE', 'false', 'False'))


class PlanArguments(NamedTuple):
    words: List[str]
    refresh_only: bool


class Program(NamedTuple):
    """The tool, and where and how it runs."""

    path: str
    environ: Mapping[str, str]
    directory: str
    context: Surroundings

    @property
    def name(self) -> str:
        return os.path.basename(self.path)

    def run(self, *words: str) -> ProgramOutcome:
        return self.context.run([self.path, *words], self.environ, self.directory, True)


def add_terraform_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--tool', help='the program to run: terraform, tofu or a path (default: the first one on the PATH)')
    parser.add_argument('--chdir', metavar='DIR', default='.', help='the root module, if it is not the current directory')


def prepare_terraform(options: argparse.Namespace, words: List[str], context: Surroundings) -> PreparedCheck:
    """A plan that is run and read. Raises Refusal if the arguments, the environment or the names do not allow a proof."""
    arguments = plan_arguments([*inherited_words(context.environ), *words])
    program = Program(
        options.tool or _installed_tool(context.environ),
        plan_environment(context.environ),
        os.path.join(context.directory, options.chdir),
        context,
    )
    if options.chdir != '.' and not os.path.isdir(program.directory):
        raise Refusal('--chdir: %s is not a directory.' % options.chdir)
    named = context.environ.get('SERVER_NAME'), context.environ.get('GITOPS_STATUS_CHECK')
    place = '' if all(named) else _place(program)
    server, check = valid_server(named[0] or place), named[1] or 'terraform ' + place

    def run() -> List[TargetFinding]:
        # Only its owner may read the plan file: it has secrets in clear text.
        scratch = tempfile.mkdtemp(prefix='gitops-status-plan-')
        try:
            finding, text = _plan(program, arguments, os.path.join(scratch, 'plan'))
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        return [TargetFinding(server, check, program.name, finding, text)]
    return PreparedCheck(check, server, run)


def plan_words(arguments: PlanArguments, plan_file: str) -> List[str]:
    return ['plan', '-input=false', '-no-color', '-detailed-exitcode', '-out=' + plan_file, *arguments.words]


def plan_environment(environ: Mapping[str, str]) -> Dict[str, str]:
    """`inherited_words` reads arguments from the environment; nothing else there may change the command."""
    kept = {name: value for name, value in environ.items() if not name.startswith('TF_CLI_ARGS')}
    return {**kept, 'TF_IN_AUTOMATION': '1', 'TF_INPUT': '0'}


def inherited_words(environ: Mapping[str, str]) -> List[str]:
    """The arguments that TF_CLI_ARGS and TF_CLI_ARGS_plan add to a plan: often the file with the variables."""
    words: List[str] = []
    for name in ('TF_CLI_ARGS_plan', 'TF_CLI_ARGS'):
        try:
            words += shlex.split(environ.get(name, ''))
        except ValueError:
            raise Refusal('%s cannot be split into words: is a quote missing?' % name) from None
    return words


def plan_arguments(words: Iterable[str]) -> PlanArguments:
    """Accepts only arguments that are known to keep the proof whole. Messages never repeat values: they may be secrets."""
    kept: List[str] = []
    refresh_only = False
    rest = list(words)
    while rest:
        word = rest.pop(0)
        option = OPTION.fullmatch(word)
        if option is None:
            raise Refusal('An argument of the plan is not an option. A plan file proves nothing; name the root module with '
                          '--chdir.')
        name, value = option.group(1), option.group(2)
        if name == 'refresh-only':
            refresh_only = _switch(name, value)
        elif name == 'refresh' and _switch(name, value):
            continue
        elif name in PLAN_REFUSED:
            raise Refusal('-%s is refused: %s.' % (name, PLAN_REFUSED[name]))
        elif name in WITH_VALUE:
            if value is None and not rest:
                raise Refusal('-%s needs a value.' % name)
            kept.append('-%s=%s' % (name, rest.pop(0) if value is None else value))
        elif name in SWITCHES:
            kept.append('-%s=%s' % (name, 'true' if _switch(name, value) else 'false'))
        elif name not in PLAN_OPTIONS_GIVEN:
            raise Refusal('-%s is refused: it is not known whether a plan with it still proves anything.' % name)
    if refresh_only:
        kept.append('-refresh-only')
    return PlanArguments(kept, refresh_only)


def _switch(name: str, value: Optional[str]) -> bool:
    if value is None or value in TRUE:
        return True
    if value in FALSE:
        return False
    raise Refusal('-%s must be true or false.' % name)


def _plan(program: Program, arguments: PlanArguments, plan_file: str) -> Tuple[Finding, str]:
    started_at = program.context.now()
    planned = program.run(*plan_words(arguments, plan_file))
    ended_at = program.context.now()
    if planned.exit_code is None:
        return unknown('not_started', '%s could not be started: is it installed?' % program.name), ''
    # A failed plan also leaves a plan file, with what was found until then.
    shown = program.run('show', '-no-color', '-json', plan_file)
    plan = read_plan(shown.stdout) if shown.exit_code == 0 else None
    finding = judge_plan(planned.exit_code, plan, arguments.refresh_only, started_at, ended_at)
    return finding, planned.stderr.decode('utf-8', 'replace')


def _installed_tool(environ: Mapping[str, str]) -> str:
    """The one that comes first on the PATH: a runner may have one, and a job may put the other before it."""
    for directory in environ.get('PATH', os.defpath).split(os.pathsep):
        for tool in ('terraform', 'tofu'):
            if shutil.which(tool, path=directory or os.curdir):
                return tool
    raise Refusal('Neither terraform nor tofu is installed: name another program with --tool.')


def _place(program: Program) -> str:
    """The root module as a path in the repo, and the workspace: two workspaces are two targets."""
    place = directory_name(program.directory, program.context.repo_root)
    workspace = workspace_of(program.environ, program.directory)
    return place if workspace == 'default' else '%s@%s' % (place, workspace)


def workspace_of(environ: Mapping[str, str], directory: str) -> str:
    """Both tools look here, in this order; `workspace show` would say the same, but needs another process."""
    selected = os.path.join(directory, environ.get('TF_DATA_DIR') or '.terraform', 'environment')
    if environ.get('TF_WORKSPACE'):
        return environ['TF_WORKSPACE']
    try:
        with open(selected, encoding='utf-8') as file:
            return file.read().strip() or 'default'
    except FileNotFoundError:
        return 'default'
    except (OSError, ValueError):
        raise Refusal('%s cannot be read, so the workspace is not known.' % selected) from None
