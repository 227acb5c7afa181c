"""The sources other than Ansible, by their word on the command line."""

from __future__ import annotations

import argparse
from typing import Callable, Dict, List, NamedTuple, Tuple

from .command_source import add_command_options, prepare_command
from .puppet_source import add_puppet_options, prepare_puppet
from .salt_source import add_salt_options, prepare_salt
from .source_finding import PreparedCheck, Refusal, Surroundings
from .terraform_source import add_terraform_options, prepare_terraform


class OtherSource(NamedTuple):
    """`prepare` gets the options before `--` and the words after it."""

    add_options: Callable[[argparse.ArgumentParser], None]
    prepare: Callable[[argparse.Namespace, List[str], Surroundings], PreparedCheck]


OTHER_SOURCES: Dict[str, OtherSource] = {
    'terraform': OtherSource(add_terraform_options, prepare_terraform),
    'puppet': OtherSource(add_puppet_options, prepare_puppet),
    'salt': OtherSource(add_salt_options, prepare_salt),
    'command': OtherSource(add_command_options, prepare_command),
}


class RefusingParser(argparse.ArgumentParser):
    def error(self, message: str) -> None:
        raise Refusal('%s (see --help)' % message)


def own_options(source: str, words: List[str]) -> Tuple[argparse.Namespace, List[str]]:
    """The options of the source itself, and all other words: the options of every source, `--` and what follows it."""
    split = words.index('--') if '--' in words else len(words)
    parser = RefusingParser(prog='gitops_status_reporter.py ' + source, add_help=False, allow_abbrev=False)
    OTHER_SOURCES[source].add_options(parser)
    own, others = parser.parse_known_args(words[:split])
    return own, others + words[split:]
