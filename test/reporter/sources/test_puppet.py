"""Puppet: what the report of a noop run proves, and how the run is made."""

import argparse
import json
import os
import unittest
from unittest import mock

import samples
from samples import FIXTURES, Tools, a_context, copied

from gitops_status.source_finding import ProgramOutcome, Refusal
from gitops_status.puppet_source import add_puppet_options, prepare_puppet, puppet_arguments
from gitops_status.puppet_report import judge_report
from gitops_status.puppet_yaml import TO_JSON, YamlUnreadable, read_ruby_yaml

DRIFT = os.path.join(FIXTURES, 'puppet', 'noop-drift.last_run_report.yaml')
FAILED = os.path.join(FIXTURES, 'puppet', 'apply-failed.last_run_report.yaml')
# When the samples were made.
DRIFT_AT, FAILED_AT = 1795615941.2, 1795615602.25
MOTD = 'File[/srv/lab/out/motd]'


def by_ruby(argv):
    return samples.run_program(argv, os.environ, '/', True)


def read(path):
    return read_ruby_yaml(path, os.environ, by_ruby)


def in_sync():
    """The sample after somebody repaired the file."""
    report = copied(read(DRIFT))
    report['noop_pending'] = 'false'
    report['resource_statuses'][MOTD].update(out_of_sync='false', events=[])
    return report


def judge(report, exit_code=0, **given):
    return judge_report(exit_code, report, DRIFT_AT - 2, DRIFT_AT + 2, **given)


@unittest.skipIf(samples.missing('PyYAML') and samples.missing('ruby'), 'neither PyYAML nor ruby is there')
class TruthTable(unittest.TestCase):
    def unknown(self, kind, finding):
        self.assertEqual((finding['sync_status'], finding.get('error_kind')), ('UNKNOWN', kind))

    def test_only_pending_resources_are_drift(self):
        """Exit code 0 and `status: unchanged`, yet the file differs."""
        self.assertEqual(judge(read(DRIFT)), {
            'sync_status': 'OUT_OF_SYNC', 'drift_count': 1, 'files': [{'name': '/srv/lab/out/motd'}]})

    def test_in_sync(self):
        self.assertEqual(judge(in_sync()), {'sync_status': 'SYNCED', 'drift_count': 0, 'files': []})

    def test_a_real_run_is_no_check(self):
        self.unknown('not_noop', judge_report(6, read(FAILED), FAILED_AT - 60, FAILED_AT + 60))

    def test_a_parse_error_leaves_no_report_or_the_previous_one(self):
        self.unknown('no_report', judge(None, 1))
        self.unknown('stale_report', judge_report(1, in_sync(), DRIFT_AT + 60, DRIFT_AT + 70))
        self.unknown('stale_report', judge_report(0, in_sync(), DRIFT_AT - 70, DRIFT_AT - 60))

    def test_the_time_has_an_offset(self):
        report = in_sync()
        for time in ('2026-11-25T16:12:21.2+02:00', '2026-11-25 12:12:21 -0200', '2026-11-25T14:12:21Z'):
            self.assertEqual(judge({**report, 'time': time})['sync_status'], 'SYNCED', time)
        for time in ('2026-11-25T14:12:21', '2026-11-25T14:12:21+02:00', '', None, ['x']):
            self.unknown('stale_report', judge({**report, 'time': time}))

    def test_a_run_that_cannot_start_or_ends_badly_proves_nothing(self):
        self.unknown('not_started', judge(None, None))
        for code in (1, 2, 4, 6, -15):
            self.unknown('failed', judge(in_sync(), code))

    def test_the_conditions_for_a_report_that_proves_something(self):
        for key, value, kind in (
            ('transaction_completed', 'false', 'failed'), ('status', 'failed', 'failed'), ('status', 'changed', 'failed'),
            ('cached_catalog_status', 'on_failure', 'cached_catalog'), ('noop', 'false', 'not_noop'),
            ('cached_catalog_status', 'explicitly_requested', 'cached_catalog'), ('report_format', '13', 'format'),
            ('report_format', '4', 'format'), ('noop_pending', '', 'parse'), ('resource_statuses', [], 'parse'),
            ('resource_statuses', {'File[x]': 'odd'}, 'parse'), ('resource_statuses', {}, 'nothing_compared'),
        ):
            with self.subTest(key=key, value=value):
                self.unknown(kind, judge({**in_sync(), key: value}))
                missing = in_sync()
                del missing[key]
                self.assertNotEqual(judge(missing)['sync_status'], 'SYNCED')

    def test_the_requested_environment_counts(self):
        self.unknown('wrong_environment', judge(in_sync(), environment='staging'))
        self.assertEqual(judge(in_sync(), environment='production')['sync_status'], 'SYNCED')

    def test_a_resource_that_failed_was_skipped_or_was_changed_prevents_synced(self):
        for facts, kind in (({'failed': 'true'}, 'failed'), ({'failed_to_restart': 'true'}, 'failed'),
                            ({'skipped': 'true'}, 'left_out'), ({'skipped': ''}, 'left_out'),
                            ({'changed': 'true', 'out_of_sync': 'true'}, 'changed_the_host')):
            report = in_sync()
            report['resource_statuses']['File[/srv/lab/out/key]'].update(facts)
            finding = judge(report)
            self.unknown(kind, finding)
            self.assertIn('/srv/lab/out/key', finding['error'])

    def test_drift_stays_reported_beside_a_failure(self):
        report = read(DRIFT)
        report['resource_statuses']['File[/srv/lab/out/key]']['failed'] = 'true'
        finding = judge(report, 1)
        self.assertEqual((finding['sync_status'], finding['partial'], finding['error_kind'], finding['drift_count']),
                         ('OUT_OF_SYNC', True, 'failed', 1))

    def with_resource(self, kind, title, **facts):
        report = in_sync()
        report['resource_statuses']['%s[%s]' % (kind, title)] = {
            'title': title, 'resource_type': kind, 'failed': 'false', 'failed_to_restart': 'false', 'changed': 'false',
            'out_of_sync': 'false', 'skipped': 'false', 'file': '/srv/site.pp', 'line': '3', **facts}
        if facts.get('out_of_sync') == 'true':
            report['noop_pending'] = 'true'
        return report

    def test_a_notify_is_pending_in_every_run_and_is_no_drift(self):
        self.assertEqual(judge(self.with_resource('Notify', 'hello', out_of_sync='true'))['sync_status'], 'SYNCED')

    def test_a_pending_run_without_names_is_drift(self):
        finding = judge({**in_sync(), 'noop_pending': 'true'})
        self.assertEqual((finding['sync_status'], finding['drift_count']), ('OUT_OF_SYNC', None))

    def test_an_exec_that_would_run_is_drift_and_its_command_line_is_not_sent(self):
        finding = judge(self.with_resource('Exec', 'mysqladmin password hunter2', out_of_sync='true'))
        self.assertEqual(finding['files'], [{'name': 'Exec at /srv/site.pp:3'}])
        finding = judge(self.with_resource('Exec', 'reindex', out_of_sync='true'))
        self.assertEqual(finding['files'], [{'name': 'Exec[reindex]'}])

    def test_execs_and_puppets_own_resources_compare_nothing(self):
        report = self.with_resource('Exec', 'satisfied')
        for reference in [one for one in report['resource_statuses'] if one.startswith('File[')]:
            del report['resource_statuses'][reference]
        self.unknown('nothing_compared', judge(report))

    def test_only_a_corrective_change_has_an_origin(self):
        report = read(DRIFT)
        report['resource_statuses'][MOTD]['corrective_change'] = 'true'
        self.assertEqual(judge(report)['files'], [{'name': '/srv/lab/out/motd', 'origin': 'host'}])

    def test_no_value_is_sent(self):
        self.assertNotIn('sha256', json.dumps(judge(read(DRIFT))))

    def test_no_damage_to_one_key_makes_it_synced(self):
        report = read(DRIFT)
        for key in report:
            for junk in (None, '', 'x', [], {}, ['x'], {'x': 'y'}, {'x': {}}):
                self.assertNotEqual(judge({**report, key: junk})['sync_status'], 'SYNCED', (key, junk))


@unittest.skipIf(samples.missing('PyYAML') and samples.missing('ruby'), 'neither PyYAML nor ruby is there')
class ReadingYaml(unittest.TestCase):
    def test_without_py_yaml_ruby_reads_the_same(self):
        if samples.missing('ruby', 'PyYAML'):
            self.skipTest('ruby or PyYAML is not there')
        with mock.patch.dict('sys.modules', yaml=None):
            by_ruby_alone = read(DRIFT), read(FAILED)
        self.assertEqual(by_ruby_alone, (read(DRIFT), read(FAILED)))

    def test_without_py_yaml_and_ruby_it_is_unknown(self):
        with mock.patch.dict('sys.modules', yaml=None), mock.patch('shutil.which', return_value=None), \
                mock.patch('os.access', return_value=False):
            self.assertRaises(YamlUnreadable, read_ruby_yaml, DRIFT, {}, by_ruby)

    def test_no_object_is_made_from_a_tag(self):
        text = '--- !ruby/object:Kernel\na: !ruby/sym x\nb: &one !!python/object/apply:os.system ["touch /nowhere"]\nc: *one\n'
        self.assertEqual(self.read_text(text), {'a': 'x', 'b': ['touch /nowhere'], 'c': ['touch /nowhere']})

    def test_text_that_is_no_yaml_is_unreadable_by_both(self):
        for text in ('a: [', '%', '"'):
            self.assertRaises(YamlUnreadable, self.read_text, text)
            if not samples.missing('ruby'):
                with mock.patch.dict('sys.modules', yaml=None):
                    self.assertRaises(YamlUnreadable, self.read_text, text)

    def read_text(self, text):
        with samples.a_file(text) as path:
            return read(path)


class APuppet(Tools):
    """Leaves a sample as its report, or none."""

    def __init__(self, source, exit_code=0):
        super().__init__([
            (['config'], ProgramOutcome(0, b'node.example\n')),
            ([TO_JSON], by_ruby),
            (['--noop'], lambda argv: self.ran(argv, source, exit_code)),
        ])

    def noop_run(self):
        return next(argv for argv, *_ in self.calls if '--noop' in argv)

    def ran(self, argv, source, exit_code):
        self.report = next(word.split('=', 1)[1] for word in argv if word.startswith('--lastrunreport='))
        if source is not None:
            with open(source, 'rb') as there, open(self.report, 'wb') as here:
                here.write(there.read())
        return ProgramOutcome(exit_code, b'', b'said')


def check(*told, **places):
    return prepared(*told, **places).run()[0]


def prepared(tool, words, environ=None, directory='/srv/lab', repo_root='/srv'):
    parser = argparse.ArgumentParser()
    add_puppet_options(parser)
    instants = iter((DRIFT_AT - 2, DRIFT_AT + 2))
    context = a_context(tool, directory, {'PATH': os.environ['PATH'], **(environ or {})}, repo_root, lambda: next(instants))
    return prepare_puppet(parser.parse_args(['--tool', 'puppet']), words, context)


@unittest.skipIf(samples.missing('PyYAML') and samples.missing('ruby'), 'neither PyYAML nor ruby is there')
class TheRun(unittest.TestCase):
    def test_the_report_belongs_to_this_run_and_is_removed(self):
        tool = APuppet(DRIFT)
        seen = check(tool, ['apply', 'site.pp'])
        self.assertEqual((seen.server, seen.finding['sync_status']), ('vm', 'OUT_OF_SYNC'))
        self.assertEqual(tool.noop_run(), ['puppet', 'apply', '--noop', '--detailed-exitcodes', '--no-show_diff', '--color=false',
                                            '--report', '--lastrunreport=' + tool.report, 'site.pp'])
        self.assertFalse(os.path.exists(os.path.dirname(tool.report)))

    def test_an_agent_makes_one_run_without_a_cached_catalog(self):
        tool = APuppet(DRIFT)
        seen = check(tool, ['agent', '--test', '--environment', 'production'])
        self.assertEqual((seen.check, seen.finding['sync_status']), ('puppet agent', 'OUT_OF_SYNC'))
        self.assertLessEqual({'--onetime', '--no-daemonize', '--no-usecacheonfailure'}, set(tool.noop_run()))
        self.assertNotIn('--test', tool.noop_run())
        self.assertEqual(check(APuppet(DRIFT), ['agent', '--environment=staging']).finding['error_kind'], 'wrong_environment')

    def test_without_a_report_the_target_still_has_its_name(self):
        seen = check(APuppet(None, 1), ['apply', 'site.pp'])
        self.assertEqual((seen.server, seen.finding['error_kind']), ('node.example', 'no_report'))
        self.assertEqual(check(APuppet(DRIFT), ['agent'], {'SERVER_NAME': 's', 'GITOPS_STATUS_CHECK': 'c'})[:2], ('s', 'c'))

    def test_the_target_is_known_before_the_run(self):
        self.assertEqual(prepared(APuppet(None), ['agent']).server, 'node.example')
        for words in (['agent', '--certname=web-1'], ['agent', '--certname', 'web-1']):
            self.assertEqual(prepared(APuppet(None), words).server, 'web-1')
        self.assertEqual(prepared(APuppet(None), ['agent', '--certname=web-1'], {'SERVER_NAME': 's'}).server, 's')

    def test_the_check_is_the_manifests_path(self):
        folder, name = os.path.split(DRIFT)
        for words in (['apply', '--modulepath', 'm', name], ['apply', './' + name]):
            seen = check(APuppet(DRIFT), words, directory=folder, repo_root=FIXTURES)
            self.assertEqual(seen.check, 'puppet puppet/' + name)
        self.assertEqual(check(APuppet(DRIFT), ['apply', '-e', 'include x']).check, 'puppet apply')

    def test_arguments_that_prove_nothing_are_refused(self):
        for words in ([], ['--noop'], ['resource', 'file'], ['apply', '--no-noop', 'x'], ['apply', '--noop=false'],
                      ['agent', '--tags', 'x'], ['agent', '--tags=x'], ['apply', '--skip_tags=x'], ['apply', '--skip-tags', 'x'],
                      ['apply', '--catalog', 'x.json'], ['agent', '--use_cached_catalog'], ['agent', '--usecacheonfailure'],
                      ['apply', '--lastrunreport=x'], ['apply', '--no-report'], ['apply', '--report=false'],
                      ['agent', '--daemonize'], ['agent', '--fingerprint'], ['apply', '--show_diff'], ['agent', '--configprint=x']):
            self.assertRaises(Refusal, puppet_arguments, words)

    def test_default_arguments_are_accepted(self):
        words = ['agent', '--noop', '--no-usecacheonfailure', '--no-daemonize', '--report', '--no-show_diff']
        self.assertEqual(puppet_arguments(words).words, words[2:])
