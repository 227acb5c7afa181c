# Copyright (c) the gitops-status-server authors
# GNU General Public License v3.0+ (https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a task or an item was skipped: by check mode, or by a condition that a deploy would meet."""

from __future__ import annotations

import json

from ansible.template import Templar

from .expressions import CHECK_MODE, names_behind, names_in_expression, names_in_template

try:
    # Since 2.19 a string is only a template if it is marked as trusted: these come from the playbook.
    from ansible.template import trust_as_template
except ImportError:

    def trust_as_template(text):
        return text

class SkipReasons:
    """A part of the plugin: it knows the play, the inventory, and what tasks have registered or set."""

    def _skips(self, result, kind, parts):
        skips = []
        skips.extend(self._skip(result, part) for part in parts if part.get('skipped') or kind == 'skipped')
        unique = {json.dumps(skip, sort_keys=True): skip for skip in skips}
        return list(unique.values())

    def _skip(self, result, part):
        text = ' '.join(str(part.get(key, '')) for key in ('msg', 'skip_reason', 'skipped_reason', 'reason')).lower()
        if 'exists, skipping' in text or 'does not exist, skipping' in text:
            return {'by': 'creates'}
        if 'conditional' in text:
            return self._skip_by_condition(result, part)
        if 'no items in the list' in text:
            names = self._names_behind(names_in_template(result._task.loop), self._variables(result._host.get_name(), result._task))
            return {'by': 'empty', 'names': self._telling(names)}
        if not text.strip() and result._task.when:
            # no_log hides the reason: the conditions are evaluated again.
            return self._skip_by_condition(result, part)
        if not text.strip() and result._task.loop is not None:
            names = self._names_behind(names_in_template(result._task.loop), self._variables(result._host.get_name(), result._task))
            return {'by': 'empty', 'names': self._telling(names)}
        if 'check mode' in text or 'check_mode' in text or not text.strip() or 'command would have run' in text:
            return {'by': 'check_mode'}
        return {'by': 'other'}

    def _skip_by_condition(self, result, part):
        host, task = result._host.get_name(), result._task
        variables = self._variables(host, task)
        loop_variable = part.get('ansible_loop_var')
        if loop_variable:
            variables = dict(variables, **{loop_variable: part.get('item')})
        conditions = self._false_conditions(part, task, variables)
        read = set().union(set(), *map(names_in_expression, conditions))
        if loop_variable in read:
            read |= self._loops.get(task._uuid, set())
        names = self._names_behind(read, variables)
        telling = self._telling(names)
        if all(self._holds(one, variables) for one in conditions) and 'false_condition' not in part:
            return {'by': 'check_mode'}
        skip = {'by': 'condition', 'names': telling}
        if CHECK_MODE in telling and not names & (set(self._derived) | {'hostvars'}):
            # A deploy would have run it only if all conditions hold without check mode.
            deploying = dict(variables, **{CHECK_MODE: False})
            skip['would_run'] = all(self._holds(one, deploying) is not False for one in task.when)
        return skip

    def _false_conditions(self, part, task, variables):
        if 'false_condition' in part:
            return [part['false_condition']]
        for one in task.when:
            if self._holds(one, variables) is False:
                return [one]
        return list(task.when)

    def _holds(self, condition, variables):
        """Whether a condition holds; None if that cannot be determined."""
        if isinstance(condition, bool):
            return condition
        templar = Templar(loader=self._play.get_loader(), variables=variables)
        try:
            text = trust_as_template('{{ true if (%s) else false }}' % condition)
            return str(templar.template(text)).strip().lower() == 'true'
        except Exception:
            return None

    def _names_behind(self, names, variables):
        known = set()
        fresh = set(names)
        while fresh - known:
            found = names_behind(fresh - known, variables)
            known |= found
            fresh = set().union(set(), *(self._derived.get(name, set()) for name in found))
        return known

    def _telling(self, names):
        return sorted(names & ({CHECK_MODE} | self._registered))

    def _variables(self, host, task):
        manager = self._play.get_variable_manager()
        return manager.get_vars(play=self._play, host=self._inventory.get_host(host), task=task)
