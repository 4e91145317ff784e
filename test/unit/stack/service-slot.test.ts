import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Runtime } from '../../../src/stack/server.ts';
import type { Service, ServiceDefinition, ServiceServer, StackHost } from '../../../src/stack/service.ts';
import { ServiceSlot } from '../../../src/stack/service-slot.ts';

const remedy = { request: { method: 'POST', url: 'http://127.0.0.1:1/proxies/db' } } as const;

/** A slot whose servers are made by `fresh`, what each may owe, and what is owed at the moment. */
function slot(fresh: (host: StackHost) => Promise<Service>) {
  const folder = mkdtempSync(join(tmpdir(), 'slot-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const owed = new Set<string>();
  const definition: ServiceDefinition = {
    kind: 'redis',
    start: async (_, host): Promise<ServiceServer> => ({ fresh: () => fresh(host), stop: async () => undefined }),
  };
  const host = {
    ...{ folder, runtime: {} as Runtime, proxyUrl: 'http://127.0.0.1:1' },
    track: () => undefined,
    say: () => undefined,
    owe: (what: string) => {
      owed.add(what);
      return () => owed.delete(what);
    },
  };
  return { slot: new ServiceSlot('db', definition, host), owed };
}

test('what was owed for a server is settled when another takes its place: to pay it would harm the new one', async () => {
  const hosts = new Set<StackHost>();
  const { slot: db, owed } = slot(async (host) => {
    if (hosts.has(host)) throw new Error('its server was left ended');
    hosts.add(host);
    host.owe(`the wire to server ${hosts.size}`, remedy);
    return {} as Service;
  });
  await db.start();
  await db.fresh();
  expect([...owed]).toEqual(['the wire to server 1']);
  await db.fresh();
  expect([...owed]).toEqual(['the wire to server 2']);
});
