"""Real runs of `salt-call --local state.apply test=True`."""

import argparse
import os
import shutil
import tempfile
import unittest

from samples import a_context, missing, run_program

from gitops_status.salt_source import add_salt_options, prepare_salt

FILES = """
motd:
  file.managed: [{name: @ETC@/motd}, {contents: s3cret}]
tree:
  file.recurse: [{name: @ETC@/tree}, {source: 'salt://tree'}]
"""
COMMANDS = """
unguarded:
  cmd.run: [{name: echo hunter2}]
'echo hunter2 x':
  cmd.run: [{creates: @ETC@/made}]
follows:
  cmd.run: [{name: 'true'}, {onchanges: [{file: motd}]}]
left out:
  file.managed: [{name: @ETC@/left}, {contents: x}, {onlyif: /bin/false}]
"""


@unittest.skipIf(missing('salt-call'), 'salt-call is not there')
class RealRuns(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)
        for folder in ('etc', 'etc/tree', 'srv', 'srv/tree'):
            os.mkdir(os.path.join(self.root, folder))
        self.write('minion', 'root_dir: @ROOT@/var\nfile_client: local\nid: lab\nfile_roots: {base: [@ROOT@/srv]}\n')
        self.write('srv/tree/a', 'a\n')

    def write(self, name, text):
        with open(os.path.join(self.root, name), 'w') as file:
            file.write(text.replace('@ROOT@', self.root).replace('@ETC@', self.root + '/etc'))

    def check(self, *words):
        parser = argparse.ArgumentParser()
        add_salt_options(parser)
        tools = type('Real', (), {'run': staticmethod(run_program)})
        seen, = prepare_salt(parser.parse_args([]), ['-c', self.root, *words], a_context(tools, self.root, os.environ)).run()
        self.assertEqual(seen.server, 'lab')
        for secret in ('hunter2', 's3cret'):
            self.assertNotIn(secret, str(seen.finding))
        finding = seen.finding
        return finding['sync_status'], [one['name'] for one in finding['files']], finding.get('error_kind')

    def settle(self):
        self.write('etc/motd', 's3cret\n')
        self.write('etc/tree/a', 'a\n')
        self.write('etc/made', '')

    def test_drift_and_in_sync(self):
        self.write('srv/lab.sls', FILES)
        etc = self.root + '/etc/'
        self.assertEqual(self.check('lab'), ('OUT_OF_SYNC', [etc + 'motd', etc + 'tree/a'], None))
        self.settle()
        self.assertEqual(self.check('lab'), ('SYNCED', [], None))

    def test_commands_with_and_without_a_condition(self):
        self.write('srv/lab.sls', FILES + COMMANDS)
        self.settle()
        self.assertEqual(self.check('lab'), ('SYNCED', [], None))
        os.remove(self.root + '/etc/made')
        status, names, kind = self.check('lab')
        self.assertEqual((status, len(names), kind), ('OUT_OF_SYNC', 1, None))
        self.assertTrue(names[0].startswith('cmd.run number '))

    def test_the_highstate(self):
        self.assertEqual(self.check()[::2], ('UNKNOWN', 'failed'))
        self.write('srv/lab.sls', FILES + COMMANDS)
        self.write('srv/top.sls', "base:\n  '*': [lab]\n")
        self.settle()
        self.assertEqual(self.check(), ('SYNCED', [], None))

    def test_runs_that_prove_nothing(self):
        self.write('srv/empty.sls', '{}\n')
        self.write('srv/broken.sls', 'a: b: c\n')
        self.write('srv/bad.sls', FILES + 'bad:\n  file.managed: [{name: @ETC@/bad}, {source: salt://no/such/file}]\n')
        self.settle()
        self.assertEqual(self.check('empty'), ('UNKNOWN', [], 'nothing_compared'))
        self.assertEqual(self.check('broken'), ('UNKNOWN', [], 'not_applied'))
        self.assertEqual(self.check('no_such'), ('UNKNOWN', [], 'not_applied'))
        self.assertEqual(self.check('bad'), ('UNKNOWN', [], 'failed'))


if __name__ == '__main__':
    unittest.main()
