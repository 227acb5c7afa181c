"""One test per rule of the pure core: what a host's results say about it."""

import json
import unittest

from gitops_status.expressions import is_constant, is_never, names_behind, names_in_expression
from gitops_status.labels import label_values, parse_labels
from gitops_status.record import read_record
from gitops_status.reports import Context, reports_of
from gitops_status.settings import SettingsError, parse_options
from gitops_status.texts import file_name, printable, server_name
from gitops_status.verdict import Problem, Rules, judge

TASK = {
    'e': 'task', 'module': 'ansible.builtin.copy', 'handler': False, 'arguments': [], 'meta': None, 'force': False,
    'changed_when': [], 'failed_when': [], 'registers': [], 'fatal': False, 'rescued': False, 'is_async': False, 'needs': [],
}
RESULT = {'e': 'result', 'host': 'lab', 'kind': 'ok', 'delegated': False, 'real': False, 'read': False, 'ran': 1, 'skips': [], 'items': []}
CONTENT = {'path': '/etc/a', 'change': 'content', 'changed': True, 'differs': True}


def a_task(name='a', **fields):
    return dict(TASK, id=name, name=name, **fields)


def a_result(name='a', **fields):
    return dict(RESULT, task=name, name=name, **fields)


def verdict_of(*events, rules=None, problem=None, host='lab'):
    start = {'e': 'start', 'format': 2, 'check_mode': True}
    play = {'play': 'p', 'name': 'all', 'expected': ['lab'], 'others': True}
    failures = sum(event.get('kind') == 'failed' for event in events)
    end = {'e': 'end', 'complete': True, 'stats': {'lab': {'failures': failures, 'dark': 0, 'ignored': 0, 'rescued': 0}}}
    lines = [start, dict(play, e='plan'), dict(play, e='play', batch=['lab'])] + list(events) + [end]
    record = read_record(json.dumps(line) for line in lines)
    return next(verdict for verdict in judge(record, rules or Rules(), problem) if verdict.host == host)


class VerdictTest(unittest.TestCase):
    def assert_unknown(self, kind, verdict):
        self.assertEqual((verdict.status, verdict.problem and verdict.problem.kind), ('UNKNOWN', kind))

    def test_a_comparison_that_finds_nothing_is_synced(self):
        self.assertEqual(verdict_of(a_task(), a_result()).status, 'SYNCED')

    def test_reads_compare_nothing(self):
        for module in ('stat', 'ansible.builtin.assert', 'uri', 'community.general.x_info', 'mount_facts', 'set_fact', 'debug'):
            self.assert_unknown('nothing_compared', verdict_of(a_task(module=module), a_result()))

    def test_an_unknown_module_compares_if_it_says_changed(self):
        task = a_task(module='ns.col.thing')
        self.assert_unknown('nothing_compared', verdict_of(task, a_result()))
        self.assertEqual(verdict_of(task, a_result(items=[{'change': 'changed', 'changed': True}])).status, 'OUT_OF_SYNC')
        self.assertEqual(verdict_of(task, a_result(), rules=Rules(compares=['ns.col.*'])).status, 'SYNCED')

    def test_a_loop_of_which_every_item_was_skipped_compares_nothing(self):
        self.assert_unknown('nothing_compared', verdict_of(a_task(), a_result(ran=0)))

    def test_a_command_compares_by_creates_or_by_a_condition_that_can_be_false(self):
        command = {'module': 'ansible.builtin.command'}
        self.assertEqual(verdict_of(a_task(arguments=['creates'], **command), a_result()).status, 'SYNCED')
        told = a_task(changed_when=['r.rc == 1'], **command)
        self.assertEqual(verdict_of(told, a_result(real=True)).status, 'SYNCED')
        self.assertEqual(verdict_of(told, a_result(real=True, items=[{'change': 'changed', 'changed': True}])).status, 'OUT_OF_SYNC')
        for constant in (False, 'false', '1 == 2'):
            self.assert_unknown('nothing_compared', verdict_of(a_task(changed_when=[constant], **command), a_result(real=True)))

    def test_a_comparison_that_failed_unseen_proves_nothing(self):
        events = (a_task('a'), a_result('a'), a_task('b'), a_result('b', kind='ignored', items=[{'failed': True, 'change': 'changed'}]))
        self.assert_unknown('task_failed', verdict_of(*events))
        self.assertEqual(verdict_of(*events, rules=Rules(accepted=['b'])).status, 'SYNCED')
        self.assert_unknown('task_failed', verdict_of(a_task('a'), a_result('a'), a_task('b', failed_when=[False]), a_result('b')))

    def test_a_difference_counts_even_if_changed_when_is_false(self):
        item = dict(CONTENT, changed=False)
        self.assertEqual(verdict_of(a_task(changed_when=[False]), a_result(items=[item])).status, 'OUT_OF_SYNC')
        # Without a changed_when the module itself says that this is no change.
        self.assertEqual(verdict_of(a_task(), a_result(items=[item])).status, 'SYNCED')
        self.assert_unknown('nothing_compared', verdict_of(a_task(changed_when=[False]), a_result(items=[item], delegated=True)))

    def test_a_path_that_a_later_task_sets_absent_is_no_drift(self):
        stage = dict(CONTENT, path='/etc/stage/a', change='missing')
        clean = {'path': '/etc/stage', 'change': 'changed', 'absent': '/etc/stage'}
        events = (a_task('a'), a_result('a', items=[stage]), a_task('b', module='file'), a_result('b', items=[clean]))
        self.assertEqual(verdict_of(*events).status, 'SYNCED')

    def test_a_real_change_of_the_host_prevents_synced_unless_drift_was_found(self):
        acted = (a_task('act', module='command'), a_result('act', real=True, items=[{'change': 'changed', 'changed': True}]))
        self.assert_unknown('changed_the_host', verdict_of(a_task(), a_result(), *acted))
        self.assertEqual(verdict_of(a_task(), a_result(items=[CONTENT]), *acted).status, 'OUT_OF_SYNC')
        elsewhere = (acted[0], dict(acted[1], delegated=True))
        self.assertEqual(verdict_of(a_task(), a_result(), *elsewhere).status, 'SYNCED')

    def test_drift_that_was_found_stays_reported(self):
        verdict = verdict_of(a_task(), a_result(items=[CONTENT]), a_task('b'), a_result('b', kind='failed'))
        self.assertEqual((verdict.status, verdict.problem.kind), ('OUT_OF_SYNC', 'task_failed'))
        verdict = verdict_of(a_task(), a_result(items=[CONTENT]), problem=Problem('timeout', 'late', stops=True))
        self.assertEqual((verdict.status, verdict.problem.kind), ('OUT_OF_SYNC', 'timeout'))

    def test_a_failed_item_is_drift_only_if_a_condition_of_the_playbook_failed_it(self):
        broke = dict(CONTENT, failed=True)
        self.assert_unknown('task_failed', verdict_of(a_task(), a_result(kind='failed', items=[broke])))
        told = dict(broke, by_condition=True)
        self.assertEqual(verdict_of(a_task(), a_result(kind='failed', items=[told])).status, 'OUT_OF_SYNC')

    def test_tasks_skipped_by_check_mode_are_left_out_except_commands(self):
        skipped = {'kind': 'skipped', 'ran': 0, 'skips': [{'by': 'check_mode'}]}
        self.assert_unknown('left_out', verdict_of(a_task(), a_result(), a_task('b'), a_result('b', **skipped)))
        verdict = verdict_of(a_task(), a_result(), a_task('b', module='shell'), a_result('b', **skipped))
        self.assertEqual((verdict.status, verdict.skipped_in_check_mode), ('SYNCED', 1))
        for module in ('stat', 'wait_for', 'pause', 'fail', 'tempfile', 'async_status'):
            self.assertEqual(verdict_of(a_task(), a_result(), a_task('b', module=module), a_result('b', **skipped)).status, 'SYNCED')

    def test_an_unknown_kind_of_skip_is_left_out(self):
        other = a_result('b', kind='skipped', ran=0, skips=[{'by': 'other'}])
        self.assert_unknown('left_out', verdict_of(a_task(), a_result(), a_task('b'), other))


class ReportTest(unittest.TestCase):
    def reports(self, *items):
        verdict = verdict_of(a_task(), a_result(items=list(items)))
        return reports_of([verdict], Context(repo='r', strip_prefix='/etc/', common={'check': 'c', 'branch': ''}))

    def test_no_content_and_no_hash_is_sent(self):
        told = self.reports(dict(CONTENT, lines_added=1, before='secret', sha256_after='x'))[0]['files'][0]
        self.assertEqual(set(told), {'name', 'path', 'change', 'task', 'module', 'lines_added'})

    def test_many_files_are_cut_and_the_count_is_kept(self):
        report = self.reports(*[dict(CONTENT, path='/etc/%05d' % index) for index in range(6000)])[0]
        self.assertEqual((report['drift_count'], len(report['files']), report['files_omitted']), (6000, 5000, 1000))

    def test_long_names_are_cut_by_bytes_too(self):
        report = self.reports(*[dict(CONTENT, path='/etc/%05d%s' % (index, 'x' * 4000)) for index in range(900)])[0]
        self.assertEqual(report['drift_count'], 900)
        self.assertLess(len(json.dumps(report)), 2000001)

    def test_several_hosts_under_one_name_agree_on_labels(self):
        first, second = verdict_of(a_task(), a_result()), verdict_of(a_task(), a_result())
        first.labels, second.labels = {'env': 'prod', 'team': 'a'}, {'env': 'prod', 'team': 'b'}
        report = reports_of([first, second], Context(repo='r', server='both'))[0]
        self.assertEqual(report['labels'], {'env': 'prod'})


class TextTest(unittest.TestCase):
    def test_unusual_bytes_become_printable_and_stay_different(self):
        names = ['a\x80', 'a\x81', 'a\\x80', 'a\\\\x80', 'a\udc80b', 'a\nb', 'a b', 'a\u2028b']
        self.assertEqual(len({printable(name) for name in names}), len(names))
        self.assertTrue(all(printable(name).isprintable() for name in names))
        long = ['/etc/' + 'x' * 5000 + end for end in 'ab']
        self.assertEqual(len({file_name(name, '/etc/') for name in long}), 2)
        self.assertTrue(all(len(file_name(name, '')) <= 4096 for name in long))

    def test_a_host_that_is_no_name_of_a_server_becomes_one(self):
        self.assertEqual(server_name('log host [1]'), 'log_host__1_')
        self.assertEqual(server_name('-x'), 'host--x')


class ExpressionTest(unittest.TestCase):
    def test_names_of_a_condition(self):
        self.assertEqual(names_in_expression("not ansible_check_mode and x.y == 'z'"), {'ansible_check_mode', 'x'})
        for indirect in ("vars['live']", "hostvars[inventory_hostname].live", "lookup('vars', 'live')"):
            self.assertIn('live', names_in_expression(indirect))

    def test_names_behind_variables(self):
        variables = {'a': '{{ b | bool }}', 'b': '{{ not ansible_check_mode }}'}
        self.assertIn('ansible_check_mode', names_behind({'a'}, variables))
        self.assertEqual(names_behind({'x'}, {'x': '{{ x }}'}), {'x'})

    def test_constants(self):
        self.assertTrue(is_constant([False]) and is_constant(['false']) and is_constant(['1 == 2']))
        self.assertFalse(is_constant(['r.rc == 1']))
        self.assertTrue(is_never([False]) and is_never(['no']))
        self.assertFalse(is_never([]) or is_never(['r.rc > 1']))


class SettingTest(unittest.TestCase):
    def test_labels(self):
        labels = parse_labels('env=group:env_\nteam=var:team\nowner=ops\n')
        self.assertEqual(label_values(labels, {'team': 'web\n'}.get, ['all', 'env_prod']), {'env': 'prod', 'team': 'web', 'owner': 'ops'})
        self.assertEqual(label_values(labels, {}.get, ['env_']), {'owner': 'ops'})
        for wrong in ('Env=x', 'env', 'env=', '\n'.join('k%d=x' % index for index in range(17))):
            self.assertRaises(ValueError, parse_labels, wrong)

    def test_options(self):
        options = parse_options(['--after-deploy', 'failure', '--fail-on=change', '--', '--limit', 'x'])
        self.assertEqual((options.after_deploy, options.fail_on, options.rest), ('failure', 'change', ['--limit', 'x']))
        for wrong in (['--fail-on'], ['--fail-on', 'x'], ['--limit', 'x'], ['site.yml']):
            self.assertRaises(SettingsError, parse_options, wrong)


if __name__ == '__main__':
    unittest.main()
