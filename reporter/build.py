#!/usr/bin/env python3
"""
Makes the two files that people copy from the modules in gitops_status/: the same bytes from the same sources.

  build.py            writes gitops_status_reporter.py and callback_plugins/gitops_status.py
  build.py --check    says whether they are what the sources make
"""

from __future__ import annotations

import ast
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCES = os.path.join(HERE, 'gitops_status')
FUTURE = 'from __future__ import annotations\n'
RELATIVE = re.compile(r'^from \.(\w*) import (\([^)]*\)|[^\n]*)\n', re.MULTILINE)
STANDARD = re.compile(r'^(?:import \S+(?: as \S+)?|from (?!\.|__future__)\S+ import [^\n(]+)\n', re.MULTILINE)

BUNDLE_HEAD = '''#!/usr/bin/env python3
# Copyright (c) the gitops-status-server authors
# SPDX-License-Identifier: MIT
#
# Made by build.py from the modules in reporter/gitops_status/: change those.
"""Runs a drift check and reports what is true to a gitops-status-server. --help tells how."""

from __future__ import annotations

'''
BUNDLE_TAIL = '''

if __name__ == '__main__':
    sys.exit(main(sys.argv[1:], dict(os.environ), os.path.dirname(os.path.abspath(__file__))))
'''


def source_of(module):
    with open(os.path.join(SOURCES, module + '.py'), encoding='utf-8') as stream:
        return stream.read()


def needs_of(text):
    """The sibling modules that a module imports: `from .spool import Spool`, `from . import ci`."""
    for module, names in RELATIVE.findall(text):
        if module:
            yield module
        else:
            yield from (name.strip() for name in names.strip('()').split(',') if name.strip())


def in_order(module, seen=None):
    """`module` after everything that it needs."""
    seen = [] if seen is None else seen
    if module not in seen:
        for need in needs_of(source_of(module)):
            in_order(need, seen)
        seen.append(module)
    return seen


def body_of(module):
    """The code of a module without its own imports: those of the library go to the top."""
    text = source_of(module)
    docstring = re.match(r'(?:#[^\n]*\n)*"""(.*?)"""\n', text, re.DOTALL)
    text = text[docstring.end():].replace(FUTURE, '', 1)
    namespaces = [names.strip() for whole, names in RELATIVE.findall(text) if not whole]
    text = RELATIVE.sub('', text)
    for name in namespaces:
        text = re.sub(r'\b%s\.(\w+)' % name, r'\1', text)
    imports = sorted(set(STANDARD.findall(text)))
    comment = '\n'.join(('# ' + line).rstrip() for line in ' '.join(docstring.group(1).split()).splitlines())
    return comment, imports, STANDARD.sub('', text).strip('\n')


def joined(modules):
    imports, bodies = set(), []
    for module in modules:
        comment, needed, body = body_of(module)
        imports |= set(needed)
        bodies.append('# ---- %s.py\n%s\n\n\n%s\n' % (module, comment, body))
    return ''.join(sorted(imports)), '\n\n'.join(bodies)


def bundle():
    imports, bodies = joined(in_order('command_line'))
    return BUNDLE_HEAD + imports + '\n\n' + bodies + BUNDLE_TAIL


def plugin():
    text = source_of('ansible_callback')
    modules = [module for module in in_order('ansible_callback') if module != 'ansible_callback']
    imports, bodies = joined(modules)
    # One import of each module is enough.
    imports = ''.join(line + '\n' for line in imports.splitlines() if line + '\n' not in text)
    text = text.replace('# This file alone is under the GPL', '# Made by build.py from the modules in reporter/gitops_status/: change those.\n# This file alone is under the GPL', 1)
    first = RELATIVE.search(text)
    text = RELATIVE.sub('', text[:first.start()]) + '\n' + bodies + '\n\n# ---- ansible_callback.py\n' + RELATIVE.sub('', text[first.start():])
    marker = text.index('import fnmatch\n')
    return text[:marker] + imports + text[marker:]


def defined_twice(text):
    """Names of the top level that two modules define: in one file the later one would silently win."""
    seen, twice = set(), set()
    for node in ast.parse(text).body:
        names = [node.name] if isinstance(node, (ast.FunctionDef, ast.ClassDef)) else []
        names += [target.id for target in node.targets if isinstance(target, ast.Name)] if isinstance(node, ast.Assign) else []
        twice |= seen & set(names)
        seen |= set(names)
    return sorted(twice)


FILES = {'gitops_status_reporter.py': bundle, os.path.join('callback_plugins', 'gitops_status.py'): plugin}


def main(arguments):
    stale = []
    for name, make in FILES.items():
        path, text = os.path.join(HERE, name), make()
        if defined_twice(text):
            raise SystemExit('%s: defined in two modules: %s' % (name, ', '.join(defined_twice(text))))
        if arguments == ['--check']:
            with open(path, encoding='utf-8') as stream:
                if stream.read() != text:
                    stale.append(name)
            continue
        with open(path, 'w', encoding='utf-8') as stream:
            stream.write(text)
        os.chmod(path, 0o755 if name == 'gitops_status_reporter.py' else 0o644)
    if stale:
        sys.stderr.write('%s: not what the sources make; run reporter/build.py\n' % ', '.join(stale))
    return 1 if stale else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
