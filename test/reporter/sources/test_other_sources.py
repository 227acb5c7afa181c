"""What all sources share: their options, and that one file can hold them all."""

import ast
import os
import unittest

from samples import HERE

from gitops_status.other_sources import OTHER_SOURCES, own_options
from gitops_status.source_finding import Refusal

MODULES = os.path.join(HERE, '..', '..', '..', 'reporter', 'gitops_status')


class Options(unittest.TestCase):
    def test_a_source_parses_its_own_options_and_leaves_the_common_ones(self):
        own, rest = own_options('command', ['--in-sync', '0', '--dry-run', '--drift=2', '--fail-on', 'change'])
        self.assertEqual((own.in_sync, own.drift, rest), (['0'], ['2'], ['--dry-run', '--fail-on', 'change']))
        own, rest = own_options('terraform', ['--chdir=infra', '--always-zero'])
        self.assertEqual((own.chdir, own.tool, rest), ('infra', None, ['--always-zero']))

    def test_no_option_is_shortened_and_a_missing_value_is_refused(self):
        self.assertEqual(own_options('terraform', ['--ch', 'x'])[1], ['--ch', 'x'])
        for source, words in (('terraform', ['--chdir']), ('command', ['--drift']), ('salt', ['--minions'])):
            self.assertRaises(Refusal, own_options, source, words)

    def test_there_are_four_sources(self):
        self.assertEqual(sorted(OTHER_SOURCES), ['command', 'puppet', 'salt', 'terraform'])


class OneFile(unittest.TestCase):
    """The modules are copied as one file: no name may stand for two things, and only the standard library is needed."""

    def test_no_two_modules_define_the_same_name(self):
        seen = {}
        for module in sorted(os.listdir(MODULES)):
            if module.startswith(('command_source', 'puppet', 'salt', 'terraform', 'source_', 'other_')):
                with open(os.path.join(MODULES, module), encoding='utf-8') as file:
                    tree = ast.parse(file.read(), feature_version=(3, 8))
                for name in defined_names(tree):
                    self.assertNotIn(name, seen, (module, seen.get(name)))
                    seen[name] = module


def defined_names(tree):
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        yield from (target.id for target in targets if isinstance(target, ast.Name))
