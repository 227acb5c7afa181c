# Copyright (c) the gitops-status-server authors
# GNU General Public License v3.0+ (https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks of a play, through its blocks."""

from __future__ import annotations

from ansible.playbook.block import Block

def leaves_of(block, parts=('block', 'rescue', 'always')):
    for part in parts:
        for task in getattr(block, part):
            if isinstance(task, Block):
                yield from leaves_of(task)
            else:
                yield task


def rescued_blocks_of(block):
    if block.rescue:
        yield block
    for task in list(block.block) + list(block.rescue) + list(block.always):
        if isinstance(task, Block):
            yield from rescued_blocks_of(task)


def is_rescued(task):
    """Whether a failure of this task leads into a `rescue`."""
    child, parent = task, getattr(task, '_parent', None)
    while parent is not None:
        if isinstance(parent, Block) and parent.rescue and any(child._uuid == one._uuid for one in parent.block):
            return True
        child, parent = parent, getattr(parent, '_parent', None)
    return False
