"""Every sample of a real plan gets its verdict, and its names."""

import json
import os
import unittest

from samples import FIXTURES, made_at, read_fixture

from gitops_status.source_finding import Refusal
from gitops_status.terraform_source import plan_arguments
from gitops_status.terraform_plan import judge_plan, read_plan

VERDICTS = json.loads(read_fixture('terraform', 'verdicts.json'))
# Only the command line shows this: the plan looks like one in sync.
LOOKS_IN_SYNC = '07-refresh-false-hides-drift.json'
SECRETS = ('s3cret-value', 'hand edit', 'out/motd', 'ignored\\n', '5891b5b522d5')


def words_of(verdict):
    words = verdict['command'].split(',')[0].split()[1:]
    return [word for word in words if word != '-out']


def judge(verdict, refresh_only=None):
    plan = read_plan(read_fixture('terraform', verdict['file']))
    if refresh_only is None:
        refresh_only = '-refresh-only' in verdict['command']
    return judge_plan(verdict['exit'], plan, refresh_only, made_at(plan) - 2, made_at(plan) + 2)


def for_each_sample(test):
    """Runs a test once for each of the verdicts."""
    def run(self):
        for verdict in VERDICTS:
            with self.subTest(verdict['file']):
                test(self, verdict)
    run.__name__ = test.__name__
    return run


class Samples(unittest.TestCase):
    @for_each_sample
    def test_each_plan_gets_its_verdict(self, verdict):
        if verdict['file'] != LOOKS_IN_SYNC:
            self.assertEqual(judge(verdict)['sync_status'], verdict['verdict'])

    @for_each_sample
    def test_arguments_for_a_plan_that_proves_nothing_are_refused(self, verdict):
        words = words_of(verdict)
        if any(word.split('=')[0] in ('-target', '-exclude', '-refresh') for word in words):
            self.assertEqual(verdict['verdict'], 'UNKNOWN')
            self.assertRaises(Refusal, plan_arguments, words)
        else:
            self.assertEqual(plan_arguments(words).refresh_only, '-refresh-only' in words)

    def test_a_plan_without_refresh_looks_in_sync_so_only_the_command_line_protects(self):
        verdict = next(one for one in VERDICTS if one['file'] == LOOKS_IN_SYNC)
        self.assertEqual(judge(verdict)['sync_status'], 'SYNCED')
        self.assertRaises(Refusal, plan_arguments, words_of(verdict))

    @for_each_sample
    def test_the_names_are_those_of_the_sample_without_followers(self, verdict):
        if 'drifted' in verdict or 'found_so_far' in verdict:
            names = [one['name'] for one in judge(verdict)['files']]
            self.assertEqual(names, verdict.get('drifted', verdict.get('found_so_far')))

    def test_moves_and_changed_outputs_are_named_too(self):
        names = {v['file'][:2]: judge(v)['files'] for v in VERDICTS}
        self.assertEqual(names['14'], [{'name': 'lab_file.key_renamed', 'origin': 'commit', 'change': 'move'}])
        self.assertEqual(names['20'], [{'name': 'output.extra', 'origin': 'commit', 'change': 'create'}])

    def test_each_entry_has_its_origin(self):
        origins = {v['file'][:2]: {one['origin'] for one in judge(v)['files']} for v in VERDICTS}
        for host in ('02', '03', '04', '08', '11', '12', '23', '26'):
            self.assertEqual(origins[host], {'host'}, host)
        for commit in ('09', '14', '18', '19', '20'):
            self.assertEqual(origins[commit], {'commit'}, commit)
        self.assertEqual(origins['17'], {'host', 'commit'})

    @for_each_sample
    def test_an_ignored_attribute_is_reported_but_no_drift(self, verdict):
        if verdict['file'][:2] in ('05', '27'):
            finding = judge(verdict)
            self.assertEqual((finding['ignored'], finding['files'], finding['drift_count']), (['lab_file.ign'], [], 0))

    @for_each_sample
    def test_unknown_says_why_in_a_sentence_of_its_own(self, verdict):
        finding = judge(verdict)
        self.assertEqual(finding['sync_status'] == 'UNKNOWN', 'error' in finding)
        self.assertEqual('error' in finding, 'error_kind' in finding)

    @for_each_sample
    def test_no_value_is_in_any_finding(self, verdict):
        said = json.dumps(judge(verdict))
        for secret in SECRETS:
            self.assertNotIn(secret, said)

    @for_each_sample
    def test_a_sample_taken_for_refresh_only_is_never_synced(self, verdict):
        self.assertNotEqual(judge(verdict, refresh_only=True)['sync_status'], 'SYNCED')

    @for_each_sample
    def test_no_damage_to_one_key_makes_a_plan_in_sync(self, verdict):
        if verdict['verdict'] == 'SYNCED' or verdict['file'] == LOOKS_IN_SYNC:
            return
        plan = read_plan(read_fixture('terraform', verdict['file']))
        for key in plan:
            for junk in (None, [], {}, 'x', 7, True, [1], [[]], {'x': 1}, [{'change': 1}], {'values': [1]}):
                damaged = {**plan, key: junk}
                if key == 'checks' and junk in (None, []):
                    continue  # Nothing failed in it.
                finding = judge_plan(verdict['exit'], damaged, '-refresh-only' in verdict['command'],
                                     made_at(plan), made_at(plan) + 2)
                self.assertNotEqual(finding['sync_status'], 'SYNCED', (key, junk))

    def test_every_fixture_has_a_verdict(self):
        self.assertEqual(len(VERDICTS), 28)
        there = {one for one in os.listdir(os.path.join(FIXTURES, 'terraform')) if one[:2].isdigit()}
        self.assertEqual(there, {one['file'] for one in VERDICTS})
