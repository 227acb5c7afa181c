import { Counter, Gauge, type Registry } from 'prom-client';

/** What each scrape asks. */
interface NotificationSource {
  report(): Promise<readonly { readonly channel: string; readonly oldestAt: number | undefined }[]>;
  unrouted(): number;
}

export interface NotificationMetrics {
  count(channel: string, outcome: 'sent' | 'failed'): void;
  /** From now on each scrape asks this. */
  observe(source: NotificationSource): void;
}

/** How well the channels for messages work. */
export function notificationMetrics(registry: Registry, clock: () => number): NotificationMetrics {
  const registers = [registry];
  const labelNames = ['channel'] as const;
  let source: NotificationSource | undefined;
  /** Each channel has its series from the beginning, so that its first message is seen as an increase. */
  async function collect(this: Counter<'channel'>) {
    for (const { channel } of (await source?.report()) ?? []) this.inc({ channel }, 0);
  }
  const sent = new Counter({
    name: 'gitops_notifications_sent_total',
    help: 'Messages delivered since the start, by channel.',
    labelNames,
    registers,
    collect,
  });
  const failed = new Counter({
    name: 'gitops_notifications_failed_total',
    help: 'Attempts to deliver a message that failed since the start, by channel.',
    labelNames,
    registers,
    collect,
  });
  return {
    count: (channel, outcome) => (outcome === 'sent' ? sent : failed).inc({ channel }),
    observe(observed) {
      source = observed;
      new Gauge({
        name: 'gitops_notifications_oldest_unsent_seconds',
        help: 'How long the oldest undelivered message has been waiting, by channel; 0 if none waits.',
        labelNames,
        registers,
        async collect() {
          this.reset();
          const now = clock();
          for (const { channel, oldestAt } of await observed.report()) {
            this.set({ channel }, oldestAt === undefined ? 0 : Math.max(0, now - oldestAt) / 1000);
          }
        },
      });
      new Gauge({
        name: 'gitops_notifications_unrouted',
        help: 'Problems that match no route, as of the last few minutes: nobody gets a message about them.',
        registers,
        collect() {
          this.set(observed.unrouted());
        },
      });
    },
  };
}
