"""Reads Puppet's report: YAML with tags of Ruby classes. Every scalar is text, because tags are ignored."""

from __future__ import annotations

import json
import os
import shutil
from typing import Any, Callable, List, Mapping, Optional

from .source_finding import ProgramOutcome

# The place of the Ruby in packages of Puppet and OpenVox; distributions use the one on the PATH.
AGENT_RUBY = '/opt/puppetlabs/puppet/bin/ruby'
# Walks over the document's nodes: it never makes an object that the report names.
TO_JSON = r"""
require 'psych'
require 'json'
def plain(node, anchors)
  value =
    case node
    when Psych::Nodes::Alias then return anchors.fetch(node.anchor)
    when Psych::Nodes::Mapping
      node.children.each_slice(2).map { |key, one| [plain(key, anchors).to_s, plain(one, anchors)] }.to_h
    when Psych::Nodes::Sequence then node.children.map { |one| plain(one, anchors) }
    else node.value
    end
  anchors[node.anchor] = value if node.anchor
  value
end
document = Psych.parse(File.read(ARGV.fetch(0), encoding: 'UTF-8'))
STDOUT.write(JSON.generate(document ? plain(document.root, {}) : nil))
"""


class YamlUnreadable(Exception):
    """The report cannot be read here; the text says why."""


def read_ruby_yaml(path: str, environ: Mapping[str, str], run: Callable[[List[str]], ProgramOutcome]) -> Any:
    """Uses PyYAML if it is installed, or else Ruby, which `run` starts. Raises YamlUnreadable."""
    try:
        import yaml
    except ImportError:
        return _read_by_ruby(path, environ, run)
    loader = getattr(yaml, 'CBaseLoader', yaml.BaseLoader)
    try:
        with open(path, 'rb') as report:
            return yaml.load(report, Loader=loader)
    except (yaml.YAMLError, OSError, RecursionError, ValueError):
        raise YamlUnreadable('The report of the run is not a YAML document.') from None


def _read_by_ruby(path: str, environ: Mapping[str, str], run: Callable[[List[str]], ProgramOutcome]) -> Any:
    ruby = _installed_ruby(environ)
    if ruby is None:
        raise YamlUnreadable('Neither PyYAML nor Ruby is installed, so the report cannot be read: install python3-yaml.')
    outcome = run([ruby, '-e', TO_JSON, path])
    try:
        if outcome.exit_code == 0:
            return json.loads(outcome.stdout.decode('utf-8'))
    except (ValueError, RecursionError):
        pass
    raise YamlUnreadable('Ruby cannot read the report of the run.')


def _installed_ruby(environ: Mapping[str, str]) -> Optional[str]:
    return AGENT_RUBY if os.access(AGENT_RUBY, os.X_OK) else shutil.which('ruby', path=environ.get('PATH'))
