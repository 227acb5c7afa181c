import { Gauge, type Registry } from 'prom-client';

/** What this process wants to do alone, of all that use the database. */
interface LeaseSource {
  readonly wanted: readonly { readonly name: string; readonly term: object | undefined }[];
}

/** Shows which leases this process has. */
export function observeLeases(registry: Registry, leases: LeaseSource): void {
  new Gauge({
    name: 'gitops_status_server_lease_held',
    help: '1 if this server has the work that only one of the servers on a database does at a time, else 0.',
    labelNames: ['name'],
    registers: [registry],
    collect() {
      for (const { name, term } of leases.wanted) this.set({ name }, term === undefined ? 0 : 1);
    },
  });
}
