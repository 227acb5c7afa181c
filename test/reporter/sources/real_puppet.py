"""Real noop runs of `puppet apply`."""

import argparse
import os
import shutil
import tempfile
import time
import unittest
from unittest import mock

from samples import a_context, missing, run_program

from gitops_status.puppet_source import add_puppet_options, prepare_puppet

MANIFEST = """
file { '%(etc)s/motd': content => "hello\\n" }
file { '%(etc)s/gone': ensure => absent }
notify { 'every run': }
exec { 'satisfied': command => '/bin/false', creates => '%(etc)s' }
exec { '/bin/echo hunter2': refreshonly => true, subscribe => File['%(etc)s/motd'] }
"""


@unittest.skipIf(missing('puppet'), 'puppet is not there')
class RealRuns(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)
        self.etc = os.path.join(self.root, 'etc')
        os.mkdir(self.etc)

    def check(self, manifest, *words):
        with open(os.path.join(self.root, 'site.pp'), 'w') as file:
            file.write(manifest % {'etc': self.etc})
        parser = argparse.ArgumentParser()
        add_puppet_options(parser)
        tools = type('Real', (), {'run': staticmethod(run_program)})
        context = a_context(tools, self.root, os.environ, self.root, time.time)
        words = ['apply', '--vardir', self.root + '/var', '--confdir', self.root + '/conf', *words, 'site.pp']
        seen, = prepare_puppet(parser.parse_args([]), words, context).run()
        self.assertEqual(seen.check, 'puppet site.pp')
        self.assertNotIn('hunter2', str(seen.finding))
        return seen.finding

    def expect(self, finding, status, names=(), kind=None):
        seen = finding['sync_status'], [one['name'] for one in finding['files']], finding.get('error_kind')
        self.assertEqual(seen, (status, list(names), kind))

    def write(self, name, text):
        with open(os.path.join(self.etc, name), 'w') as file:
            file.write(text)

    def test_drift_and_in_sync(self):
        self.expect(self.check(MANIFEST), 'OUT_OF_SYNC', [self.etc + '/motd'])
        self.write('motd', 'hello\n')
        self.expect(self.check(MANIFEST), 'SYNCED')
        self.write('gone', '')
        self.expect(self.check(MANIFEST), 'OUT_OF_SYNC', [self.etc + '/gone'])
        self.assertEqual(os.listdir(self.etc).count('gone'), 1)

    def test_ruby_reads_the_report_without_py_yaml(self):
        self.write('motd', 'hello\n')
        with mock.patch.dict('sys.modules', yaml=None):
            self.expect(self.check(MANIFEST), 'SYNCED')
            self.write('motd', 'edited\n')
            self.expect(self.check(MANIFEST), 'OUT_OF_SYNC', [self.etc + '/motd'])

    def test_a_parse_error_has_no_report(self):
        self.write('motd', 'hello\n')
        self.expect(self.check(MANIFEST), 'SYNCED')
        self.expect(self.check('file { '), 'UNKNOWN', kind='no_report')

    def test_an_empty_manifest_compares_nothing(self):
        self.expect(self.check(''), 'UNKNOWN', kind='nothing_compared')

    def test_resources_outside_their_schedule_prevent_synced(self):
        self.write('motd', 'hello\n')
        late = "schedule { 'not now': period => never }\nfile { '%(etc)s/late': content => 'x', schedule => 'not now' }\n"
        self.expect(self.check(MANIFEST + late), 'UNKNOWN', kind='left_out')

    def test_resources_without_a_configured_tag_prevent_synced(self):
        self.write('motd', 'hello\n')
        os.makedirs(self.root + '/conf')
        with open(self.root + '/conf/puppet.conf', 'w') as file:
            file.write('[main]\ntags = elsewhere\n')
        self.expect(self.check(MANIFEST), 'UNKNOWN', kind='left_out')

    def test_a_resource_that_changes_the_host_in_a_noop_run(self):
        self.write('motd', 'hello\n')
        forced = "file { '%(etc)s/forced': content => 'x', noop => false }\n"
        self.expect(self.check(MANIFEST + forced), 'UNKNOWN', kind='changed_the_host')

    def test_another_environment_than_the_requested_one(self):
        self.write('motd', 'hello\n')
        self.expect(self.check(MANIFEST, '--environment', 'production'), 'SYNCED')


if __name__ == '__main__':
    unittest.main()
