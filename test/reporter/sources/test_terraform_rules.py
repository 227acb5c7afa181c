"""Cases that the samples do not have: other members of the same classes, made from the samples."""

import unittest

from samples import a_plan, copied, entry_of, made_at

from gitops_status.terraform_plan import judge_plan, read_plan


def judge(plan, exit_code=0, refresh_only=False):
    return judge_plan(exit_code, plan, refresh_only, made_at(plan) - 2, made_at(plan) + 2)


def names(finding):
    return [one['name'] for one in finding['files']]


class Judged(unittest.TestCase):
    def unknown(self, kind, finding):
        self.assertEqual((finding['sync_status'], finding.get('error_kind')), ('UNKNOWN', kind))


class WhatAPlanMustBe(Judged):
    def test_a_whole_plan_of_this_run_in_sync_is_synced(self):
        self.assertEqual(judge(a_plan(1)), {'sync_status': 'SYNCED', 'drift_count': 0, 'files': []})

    def test_a_plan_of_another_time_proves_nothing(self):
        plan = a_plan(1)
        self.unknown('timestamp', judge_plan(0, plan, False, made_at(plan) + 1, made_at(plan) + 9))
        self.unknown('timestamp', judge_plan(0, plan, False, made_at(plan) - 9, made_at(plan) - 1))
        for timestamp in ('yesterday', '', 7):
            self.unknown('timestamp', judge_plan(0, {**plan, 'timestamp': timestamp}, False, 0, 9e9))
        self.unknown('timestamp', judge_plan(0, a_plan(1, timestamp=None), False, 0, 9e9))

    def test_the_plan_gives_whole_seconds(self):
        plan = a_plan(1)
        self.assertEqual(judge_plan(0, plan, False, made_at(plan) + 0.9, made_at(plan) + 1.5)['sync_status'], 'SYNCED')

    def test_only_format_version_1_is_known(self):
        for version in ('2.0', '10.2', '0.2', '1', '1.2-beta', '1.2.3', '', None, 1.2):
            self.unknown('format', judge({**a_plan(1), 'format_version': version}))
        self.assertEqual(judge({**a_plan(1), 'format_version': '1.9'})['sync_status'], 'SYNCED')

    def test_a_state_is_no_plan(self):
        state = {'format_version': '1.0', 'terraform_version': '1.15.5', 'values': {'root_module': {}}}
        self.unknown('no_plan', judge_plan(0, state, False, 0, 9e9))
        self.unknown('no_plan', judge_plan(0, {'format_version': '1.0'}, False, 0, 9e9))

    def test_no_json_is_no_plan(self):
        for text in (b'', b'Error: no such file', b'[]', b'null', b'\xff{}', b'[' * 100000):
            self.assertIsNone(read_plan(text))
        self.unknown('parse', judge_plan(0, None, False, 0, 9e9))
        self.unknown('parse', judge_plan(2, None, False, 0, 9e9))

    def test_a_plan_that_failed_or_never_started_is_unknown(self):
        self.unknown('not_started', judge_plan(None, None, False, 0, 9e9))
        for code in (1, 3, 127, -9, -15):
            self.unknown('plan_failed', judge(a_plan(1), code))
            self.unknown('plan_failed', judge_plan(code, None, False, 0, 9e9))

    def test_findings_of_a_failed_plan_are_reported(self):
        finding = judge(a_plan(8), 1)
        self.assertEqual((names(finding), finding['drift_count'], finding['partial']), (['lab_file.key'], 1, True))

    def test_findings_of_a_failed_plan_without_a_state_are_not_reported(self):
        plan = a_plan(1, prior_state=None, errored=True)
        for entry in plan['resource_changes']:
            entry['change']['actions'] = ['create']
        self.assertEqual(judge(plan, 1)['files'], [])


class WhatWasLeftOut(Judged):
    def test_marks_of_a_partial_plan(self):
        for mark in ({'errored': True}, {'errored': None}, {'complete': False},
                     {'deferred_changes': [{'reason': 'provider_config_unknown'}]}):
            self.unknown('partial', judge(a_plan(1, **mark)))

    def test_open_tofu_does_not_mark_complete_plans(self):
        self.assertEqual(judge(a_plan(1, complete=None, applyable=None))['sync_status'], 'SYNCED')

    def test_a_resource_of_the_state_is_missing_in_the_plan_even_in_a_module(self):
        for address in ('lab_file.motd', 'module.m["x.y/z"].lab_file.n[0]'):
            plan = a_plan(22)
            plan['resource_changes'].remove(entry_of(plan, address))
            finding = judge(plan)
            self.unknown('partial', finding)
            self.assertIn(address, finding['error'])

    def test_drift_in_a_partial_plan_stays_named(self):
        plan = a_plan(2, complete=False)
        finding = judge(plan, 2)
        self.unknown('partial', finding)
        self.assertEqual(names(finding), ['lab_file.motd'])

    def test_a_lost_state_or_another_workspace_is_unknown_whatever_the_exit_code(self):
        plan = a_plan(1, prior_state=None)
        for entry in plan['resource_changes']:
            entry['change']['actions'] = ['create']
        for state in (None, {}, {'format_version': '1.0'}, {'values': {'outputs': {}, 'root_module': {}}}):
            for refresh_only in (False, True):
                finding = judge({**plan, 'prior_state': state}, 2, refresh_only)
                self.unknown('no_state', finding)
                self.assertEqual(finding['files'], [])

    def test_a_state_with_only_data_sources_has_no_resource(self):
        plan = a_plan(1)
        for module in (plan['prior_state']['values']['root_module'],):
            module.pop('child_modules')
            for resource in module['resources']:
                resource['mode'] = 'data'
        self.unknown('no_state', judge(plan))

    def test_everything_gone_from_the_host_is_drift(self):
        plan = a_plan(1, prior_state=None)
        plan['resource_drift'] = copied(plan['resource_changes'])
        for entry in plan['resource_drift']:
            entry['change'].update(actions=['delete'], after=None)
        for entry in plan['resource_changes']:
            entry['change'].update(actions=['create'], before=None)
        finding = judge(plan, 2)
        self.assertEqual((finding['sync_status'], finding['drift_count']), ('OUT_OF_SYNC', 8))
        self.assertEqual({(one['origin'], one['change']) for one in finding['files']}, {('host', 'delete')})


class WhatIsDrift(Judged):
    def test_exit_code_2_is_drift_even_without_names(self):
        finding = judge(a_plan(1), 2)
        self.assertEqual((finding['sync_status'], finding['drift_count']), ('OUT_OF_SYNC', None))

    def test_a_lost_exit_code_hides_no_change(self):
        for number in (2, 4, 9, 12, 14, 17, 18, 19, 20, 23):
            self.assertEqual(judge(a_plan(number), 0)['sync_status'], 'OUT_OF_SYNC', number)

    def test_an_unknown_action_is_a_change(self):
        for actions in (['transmogrify'], [], None, ['no-op', 'no-op'], 'no-op'):
            plan = a_plan(1)
            entry_of(plan, 'lab_file.key')['change']['actions'] = actions
            self.assertEqual(judge(plan)['sync_status'], 'OUT_OF_SYNC', actions)

    def test_a_data_source_read_later_is_no_drift_but_a_managed_resource_read_is(self):
        plan = a_plan(1)
        plan['resource_changes'].append({'address': 'data.lab_read.r', 'mode': 'data', 'change': {'actions': ['read']}})
        self.assertEqual(judge(plan)['sync_status'], 'SYNCED')
        entry_of(plan, 'lab_file.key')['change']['actions'] = ['read']
        self.assertEqual(judge(plan)['sync_status'], 'OUT_OF_SYNC')

    def test_a_failing_check_is_drift_even_in_a_refresh_only_plan(self):
        finding = judge(a_plan(11), 0, refresh_only=True)
        self.assertEqual((finding['sync_status'], names(finding)), ('OUT_OF_SYNC', ['check.motd']))

    def test_a_check_that_could_not_be_evaluated_prevents_synced(self):
        for status in ('error', 'unknown', 'new-word', None):
            plan = a_plan(11)
            plan['checks'][0]['status'] = status
            self.unknown('check_failed', judge(plan))

    def test_a_check_that_passes_is_in_sync(self):
        plan = a_plan(11)
        plan['checks'][0]['status'] = 'pass'
        self.assertEqual(judge(plan)['sync_status'], 'SYNCED')

    def test_only_the_failing_instances_are_named(self):
        plan = a_plan(11)
        plan['checks'][0]['instances'] = [
            {'address': {'to_display': 'module.m["%s"].check.c' % key}, 'status': status}
            for key, status in (('a', 'pass'), ('b', 'fail'))
        ]
        self.assertEqual(names(judge(plan)), ['module.m["b"].check.c'])

    def test_without_resources_a_failing_check_still_counts(self):
        plan = a_plan(11, resource_changes=None, prior_state=None)
        plan['configuration']['root_module'].pop('resources')
        plan['configuration']['root_module'].pop('module_calls', None)
        self.assertEqual(judge(plan)['sync_status'], 'OUT_OF_SYNC')
        self.unknown('nothing_compared', judge({**plan, 'checks': []}))


class WhoFollowsWhom(unittest.TestCase):
    def test_a_follower_that_the_commit_changes_too_is_named(self):
        plan = a_plan(2)
        follower = entry_of(plan, 'terraform_data.t')['change']
        follower['before']['triggers_replace'], follower['after']['triggers_replace'] = 'a', 'b'
        configuration = plan['configuration']['root_module']['resources']
        next(one for one in configuration if one['type'] == 'terraform_data')['expressions']['triggers_replace'] = {
            'constant_value': 'b'}
        self.assertEqual(names(judge(plan, 2)), ['lab_file.motd', 'terraform_data.t'])

    def through(self, references, **module):
        plan = a_plan(2)
        root = plan['configuration']['root_module']
        data = next(one for one in root['resources'] if one['type'] == 'terraform_data')
        data['expressions']['input'] = {'references': references}
        root.update(module)
        return names(judge(plan, 2))

    def test_a_follower_through_a_local_value(self):
        self.assertEqual(self.through(['local.sha']), ['lab_file.motd'])

    def test_a_follower_through_the_output_of_a_module(self):
        inner = {'outputs': {'sha': {'expression': {'references': ['var.given']}}}}
        calls = {'x': {'module': inner, 'expressions': {'given': {'references': ['lab_file.motd.sha256', 'lab_file.motd']}}}}
        self.assertEqual(self.through(['module.x.sha', 'module.x'], module_calls=calls), ['lab_file.motd'])

    def test_a_user_of_another_resource_or_a_data_source_is_no_follower(self):
        for references in (['lab_file.key.sha256', 'lab_file.key'], ['data.lab_read.r.content'], ['var.x'], []):
            self.assertEqual(self.through(references), ['lab_file.motd', 'terraform_data.t'], references)

    def test_in_doubt_it_is_no_follower(self):
        references = ['lab_file.motd.sha256', 'lab_file.motd', 'data.lab_read.r.content', 'data.lab_read.r']
        self.assertEqual(self.through(references), ['lab_file.motd', 'terraform_data.t'])

    def test_a_tainted_resource_follows_no_other(self):
        plan = a_plan(2)
        entry_of(plan, 'terraform_data.t').update(action_reason='replace_because_tainted')
        self.assertEqual(names(judge(plan, 2)), ['lab_file.motd', 'terraform_data.t'])

    def test_a_replacement_caused_by_another_change_follows_it(self):
        plan = a_plan(2)
        follower = entry_of(plan, 'terraform_data.t')
        follower['change'].update(actions=['delete', 'create'], after={**follower['change']['before'], 'id': None},
                                  after_unknown={'id': True})
        self.assertEqual(names(judge(plan, 2)), ['lab_file.motd', 'terraform_data.t'])
        follower['action_reason'] = 'replace_by_triggers'
        self.assertEqual(names(judge(plan, 2)), ['lab_file.motd'])

    def test_modules_in_an_endless_circle_are_handled(self):
        calls = {'x': {'module': {'outputs': {'o': {'expression': {'references': ['var.v']}}}},
                       'expressions': {'v': {'references': ['module.x.o']}}}}
        self.assertEqual(self.through(['module.x.o'], module_calls=calls), ['lab_file.motd', 'terraform_data.t'])

    def test_a_computed_value_that_changed_outside_is_named_with_its_origin_and_not_its_follower(self):
        plan = a_plan(2)
        drifted = entry_of(plan, 'lab_file.motd')['change']
        drifted.update(actions=['no-op'], after=drifted['before'])
        follower = entry_of(plan, 'terraform_data.t')['change']
        follower['after'] = {**follower['before'], 'input': 'e66919'}
        follower['after_unknown'] = {}
        self.assertEqual(judge(plan, 2)['files'], [{'name': 'lab_file.motd', 'origin': 'host', 'change': 'update'}])

    def test_a_change_by_the_commit_beside_an_ignored_change_is_not_drift(self):
        plan = a_plan(5)
        change = entry_of(plan, 'lab_file.ign')['change']
        change.update(actions=['update'], after={**change['after'], 'mode': '0600'})
        configuration = plan['configuration']['root_module']['resources']
        next(one for one in configuration if one['name'] == 'ign')['expressions']['mode'] = {'constant_value': '0600'}
        self.assertEqual(judge(plan, 2)['files'], [{'name': 'lab_file.ign', 'origin': 'commit', 'change': 'update'}])

    def test_an_ignored_change_beside_real_drift_is_not_among_the_drifted(self):
        plan = a_plan(2)
        plan['resource_drift'] += a_plan(5)['resource_drift']
        finding = judge(plan, 2)
        self.assertEqual((names(finding), finding['ignored']), (['lab_file.motd'], ['lab_file.ign']))
