// What all examples are about: one target that somebody changed, and who works on it.

export const target = { repo: 'rsyslog', server: 'rsyslog-lab' };
export const drift = { sync_status: 'OUT_OF_SYNC', drift_count: 1, files: [{ name: 'rsyslog.conf' }] };
export const commit = 'c0ffee1234567890c0ffee1234567890c0ffee12';
export const at = (time: string) => `2026-04-21T${time}.000Z`;
export const incident = { id: 7, opened_at: at('10:32:15'), cause: 'host_changed' };
export const acknowledgement = {
  by: 'alice',
  by_verified: true,
  note: 'Reverting it, back at 14:00',
  at: at('10:40:00'),
};
export const next = 'the person who changed the host: revert the change there, or commit it';
