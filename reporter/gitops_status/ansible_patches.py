# Copyright (c) the gitops-status-server authors
# GNU General Public License v3.0+ (https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notes what Ansible does not report, at the places that know it: in the workers that compare, and in the strategy."""

from __future__ import annotations

import functools
import os

from ansible.executor.play_iterator import IteratingStates

from .differences import PATH_NOTE

def note_paths(action):
    """Results of copy and template have no name for a missing file: the worker that makes their differences adds one."""
    original = action._get_diff_data

    @functools.wraps(original)
    def wrapper(self, destination, *args, **kwargs):
        diff = original(self, destination, *args, **kwargs)
        if isinstance(diff, dict):
            diff.setdefault(PATH_NOTE, destination)
        return diff

    action._get_diff_data = wrapper


def note_files_of_directories(action):
    """Ansible reports one result for a directory that is copied as a whole; the files that differ are collected as they
    are found."""
    copy_file, run = action._copy_file, action.run

    @functools.wraps(copy_file)
    def copy_and_note(self, source_full, source_rel, content, content_tempfile, dest, *args, **kwargs):
        returned = copy_file(self, source_full, source_rel, content, content_tempfile, dest, *args, **kwargs)
        if isinstance(returned, dict) and returned.get('changed') and hasattr(self, '_gitops_status_files'):
            path = os.path.join(dest, source_rel) if dest.endswith('/') else dest
            diffs = returned.get('diff') or [{'before': None, 'after': None}]
            for diff in diffs if isinstance(diffs, list) else [diffs]:
                self._gitops_status_files.append(dict(diff, **{PATH_NOTE: diff.get(PATH_NOTE) or path}))
        return returned

    @functools.wraps(run)
    def run_and_tell(self, *args, **kwargs):
        self._gitops_status_files = []
        result = run(self, *args, **kwargs)
        if self._gitops_status_files and isinstance(result, dict) and not result.get('diff') and self._task.diff:
            result['diff'] = self._gitops_status_files
        return result

    action._copy_file, action.run = copy_and_note, run_and_tell


def note_ends(strategy, play_ended):
    """
    A host that cannot include a role or tasks is lost silently. It is in the same list as a host that `meta: end_*` has
    ended, so each addition is noted. How far each host came is known when the strategy is done.
    """
    execute_meta, run = strategy._execute_meta, strategy.run

    @functools.wraps(execute_meta)
    def execute_and_note(self, task, play_context, iterator, *args, **kwargs):
        before = len(iterator._play._removed_hosts)
        result = execute_meta(self, task, play_context, iterator, *args, **kwargs)
        iterator._gitops_status_ended = getattr(iterator, '_gitops_status_ended', []) + iterator._play._removed_hosts[before:]
        return result

    @functools.wraps(run)
    def run_and_tell(self, iterator, *args, **kwargs):
        result = run(self, iterator, *args, **kwargs)
        play_ended(iterator)
        return result

    strategy._execute_meta, strategy.run = execute_and_note, run_and_tell


def has_finished(iterator, host):
    """Whether a host reached the end of the play, or was ended by `meta: end_*`."""
    ended = getattr(iterator, '_gitops_status_ended', [])
    return (
        iterator.get_host_state(host).run_state == IteratingStates.COMPLETE
        and not iterator.is_failed(host)
        and iterator._play._removed_hosts.count(host.name) <= ended.count(host.name)
    )
