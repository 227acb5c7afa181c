import { acknowledgement, at, commit, target } from './common.ts';

const named = { name: 'rsyslog on rsyslog-lab', ...target };

/** Examples of what people and pipelines do, by the names of their types. */
export const actingExamples: Readonly<Record<string, object>> = {
  TargetName: target,
  Declaration: { ...target, declared: 'new' },
  Renamed: { repo: 'rsyslog', server: 'rsyslog-1', renamed_from: target },
  Mute: {
    id: 4,
    status: 'active',
    repo: ['rsyslog'],
    server: null,
    labels: { env: ['lab'] },
    file: null,
    cause: null,
    state: null,
    reason: 'New edge, see OPS-412',
    by: 'alice',
    by_verified: true,
    created_at: at('10:40:00'),
    starts_at: at('10:40:00'),
    ends_at: at('18:00:00'),
    until_in_sync: false,
    ended_at: null,
    ended_by: null,
    matches: null,
  },
  MuteMatches: {
    targets: 1,
    incidents: 1,
    first_targets: [named],
    first_incidents: [{ id: 7, ...named }],
  },
  IncidentAcknowledgement: { incident_id: 7, ...acknowledgement, in_force: true },
  EndedAcknowledgement: { incident_id: 7 },
  GatePassed: { targets: [{ ...target, checked_at: at('10:32:15'), commit }] },
  GateBlocked: {
    type: 'urn:gitops-status-server:problem:gate-closed',
    title: 'Not all targets pass',
    status: 409,
    detail: 'rsyslog on rsyslog-lab: OUT_OF_SYNC since 2026-04-21T10:32:15.000Z.',
    matched: 2,
    blocking_count: 1,
    blocking: [{ ...target, state: 'OUT_OF_SYNC', reason: 'OUT_OF_SYNC since 2026-04-21T10:32:15.000Z' }],
    missing_count: 0,
    missing: [],
  },
};
