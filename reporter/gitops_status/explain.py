"""--explain: per host, which tasks prove what, and which were left out. Pure."""

from __future__ import annotations

from .texts import printable


def explanation_of(verdicts):
    lines = []
    for verdict in verdicts:
        lines.append('%s: %s' % (verdict.host, verdict.status))
        if verdict.problem is not None:
            lines.append('  because (%s): %s' % (verdict.problem.kind, verdict.problem.text))
        lines.extend('  compared by: %s' % name for name in verdict.proofs)
        lines.extend('  drifted: %s %s (task "%s", %s)' % (item['change'], item.get('path') or item.get('name') or '-', item['task'], item['module'])
                     for item in verdict.items)
        lines.extend('  left out: %s (%s)' % (name, why) for name, why in verdict.left_out)
        if verdict.accepted:
            lines.append('  accepted by GITOPS_STATUS_ACCEPT_LEFT_OUT: %d' % verdict.accepted)
        if verdict.skipped_in_check_mode:
            lines.append('  commands that check mode skips: %d' % verdict.skipped_in_check_mode)
    return [printable(line) for line in lines]
