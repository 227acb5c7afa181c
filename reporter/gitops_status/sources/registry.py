"""The sources beside Ansible, by their word on the command line: how each adds its options, and how it checks."""

from __future__ import annotations

import argparse
from typing import Callable, Dict, List, NamedTuple

from .command import add_command_options, check_command
from .finding import Context, Observation
from .puppet import add_puppet_options, check_puppet
from .salt import add_salt_options, check_salt
from .terraform import add_terraform_options, check_terraform


class Source(NamedTuple):
    """`check` gets the options before `--` and the words behind it."""

    add_options: Callable[[argparse.ArgumentParser], None]
    check: Callable[[argparse.Namespace, List[str], Context], List[Observation]]


SOURCES: Dict[str, Source] = {
    'terraform': Source(add_terraform_options, check_terraform),
    'puppet': Source(add_puppet_options, check_puppet),
    'salt': Source(add_salt_options, check_salt),
    'command': Source(add_command_options, check_command),
}
