import type { z } from '@hono/zod-openapi';
import { formatInstant } from '../../domain/instant.ts';
import {
  type Blocking,
  type Gate,
  type GateQuestion,
  type GateReason,
  MAX_TOLD,
  type Missing,
} from '../../domain/questions/gate.ts';
import type { FormerNameOf } from '../../store/queries.ts';
import { renamedText } from '../refusals.ts';
import type { gateBlocked } from '../schemas/gate.ts';

type Blocked = Extract<Gate, { passed: false }>;
type Body = z.infer<typeof gateBlocked>;

const MAX_IN_DETAIL = 3;

/** Why some targets do not pass, as the body of a 409. `former`: the former names in the request. */
export function blockedBody(
  { blocking, missing, missingCount, matched }: Blocked,
  { expect }: Pick<GateQuestion, 'expect'>,
  former: readonly FormerNameOf[],
): Body {
  const told = {
    blocking: blocking.slice(0, MAX_TOLD).map(toBlockingRow),
    missing: missing.map((one) => toMissingRow(one, former)),
  };
  const facts = { matched, blocking_count: blocking.length, missing_count: missingCount };
  return {
    type: 'urn:gitops-status-server:problem:gate-closed',
    title: 'Not all targets pass',
    status: 409,
    detail: detailOf(facts, told, expect),
    ...facts,
    ...told,
  };
}

function detailOf(
  facts: Pick<Body, 'matched' | 'blocking_count' | 'missing_count'>,
  { blocking, missing }: Pick<Body, 'blocking' | 'missing'>,
  expect: number | undefined,
): string {
  const said = [
    ...(facts.matched === 0 ? ['No target matches'] : []),
    ...(facts.matched < (expect ?? 0) ? [`${facts.matched} of at least ${expect} targets match`] : []),
    ...missing.map(
      (one) => `${[one.repo, one.server].filter((name) => name !== null).join(' on ')}: ${one.reason}`,
    ),
    ...blocking.map((one) => `${one.repo} on ${one.server}: ${one.reason}`),
  ];
  const shown = said.slice(0, MAX_IN_DETAIL).join('. ');
  const all = said.length - missing.length - blocking.length + facts.missing_count + facts.blocking_count;
  return all > MAX_IN_DETAIL ? `${shown}. And ${all - MAX_IN_DETAIL} more.` : `${shown}.`;
}

function toBlockingRow({ repo, server, state, reasons }: Blocking): Body['blocking'][number] {
  return { repo, server, state, reason: reasons.map(reasonText).join('; ') };
}

function toMissingRow(missing: Missing, former: readonly FormerNameOf[]): Body['missing'][number] {
  const { repo, server } = missing;
  const renamed = former.find(
    ({ formerly }) =>
      (repo === undefined || formerly.repo === repo) && (server === undefined || formerly.server === server),
  );
  const reason =
    renamed === undefined
      ? 'does not match: it never reported, or it was deleted'
      : `${renamedText(renamed.formerly, renamed)}: ask about the new name`;
  return { repo: repo ?? null, server: server ?? null, reason };
}

function reasonText(reason: GateReason): string {
  switch (reason.kind) {
    case 'never_reported':
      return `never reported, expected since ${formatInstant(reason.declaredAt)}`;
    case 'not_synced':
      return `${reason.state} since ${formatInstant(reason.since)}${reason.state === 'UNKNOWN' && reason.errorKind !== undefined ? ` (${reason.errorKind})` : ''}`;
    case 'too_old':
      return `last checked at ${formatInstant(reason.checkedAt)}, more than ${reason.maxAgeMs / 1000} s ago`;
    case 'began_before':
      return `the last check began at ${formatInstant(reason.beganAt)}, before ${formatInstant(reason.since)}`;
    case 'other_commit':
      return reason.commit === undefined
        ? `its reports name no commit, not ${reason.wanted}`
        : `at commit ${reason.commit}, not ${reason.wanted}${hintFor(reason.commit, reason.wanted)}`;
  }
}

/** A commit that was reported by a part of its name is not found by a shorter part. */
function hintFor(commit: string, wanted: string): string {
  return commit.startsWith(wanted) ? ' (report the whole name: only that is found by its first digits)' : '';
}
