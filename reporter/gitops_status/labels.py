"""GITOPS_STATUS_LABELS: one `key=text`, `key=var:NAME` or `key=group:PREFIX` a line. Shared by the plugin and the reporter."""

from __future__ import annotations

import re

LABEL_KEY = re.compile(r'[a-z][a-z0-9_]{0,62}\Z')
MAX_LABELS = 16
CONTROL = re.compile(r'[\x00-\x1f\x7f-\x9f]')


def parse_labels(text):
    """{key: (source, value)}, with the source `text`, `var` or `group`. Raises ValueError with the wrong line."""
    labels = {}
    for line in (text or '').splitlines():
        line = line.strip()
        if not line:
            continue
        key, equals, value = line.partition('=')
        key, value = key.strip(), value.strip()
        if not equals or not LABEL_KEY.match(key) or not value:
            raise ValueError('"%s" is not key=text, key=var:NAME or key=group:PREFIX with a key of a-z, 0-9 and _' % line)
        source, colon, rest = value.partition(':')
        labels[key] = (source, rest.strip()) if colon and source in ('var', 'group') and rest.strip() else ('text', value)
    if len(labels) > MAX_LABELS:
        raise ValueError('there are %d labels, but a report has at most %d' % (len(labels), MAX_LABELS))
    return labels


def label_values(labels, variable, groups):
    """The labels of one host: `variable` gives the value of a name, or None; `groups` are the host's groups."""
    values = {}
    for key, (source, value) in labels.items():
        if source == 'var':
            value = variable(value)
        elif source == 'group':
            value = next((group[len(value):] for group in sorted(groups) if group.startswith(value) and group != value), None)
        if value is not None and str(value).strip():
            values[key] = CONTROL.sub(' ', str(value).strip())[:255]
    return values
