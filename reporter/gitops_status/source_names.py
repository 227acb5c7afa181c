"""The default names of a target and of its check: from the directory, relative to the repo's root."""

from __future__ import annotations

import os
import re
from typing import Optional

from .source_finding import Refusal

TARGET_NAME = re.compile(r'[A-Za-z0-9._~](?:[A-Za-z0-9._:@/+~-]{0,254})')


def repo_root_of(directory: str) -> Optional[str]:
    """The nearest parent directory with a .git. git itself refuses to answer if another user owns it."""
    place = os.path.realpath(directory)
    while place != os.path.dirname(place):
        if os.path.exists(os.path.join(place, '.git')):
            return place
        place = os.path.dirname(place)
    return None


def repo_path(path: str, repo_root: Optional[str]) -> str:
    """`path` relative to the repo's root; the root itself is `.`."""
    if repo_root is None:
        raise Refusal('This is not a Git repo, so the target has no name: set SERVER_NAME and GITOPS_STATUS_CHECK.')
    relative = os.path.relpath(os.path.realpath(path), os.path.realpath(repo_root))
    if relative == '..' or relative.startswith('../'):
        raise Refusal(
            '%s lies outside the repo %s, so the target has no name: set SERVER_NAME and GITOPS_STATUS_CHECK.'
            % (path, repo_root)
        )
    return relative


def directory_name(path: str, repo_root: Optional[str]) -> str:
    relative = repo_path(path, repo_root)
    return 'root' if relative == '.' else relative


def valid_server(name: str) -> str:
    """The name unchanged: a correction could make two targets one."""
    if not TARGET_NAME.fullmatch(name) or not name.strip('.'):
        raise Refusal(
            '"%s" cannot be the name of a target (letters, digits and . _ - : @ / + ~): set SERVER_NAME.'
            % name.encode('unicode_escape').decode('ascii')
        )
    return name
