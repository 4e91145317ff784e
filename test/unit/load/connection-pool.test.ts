import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Ending } from '../../../src/load/http/classify.ts';
import { ConnectionPool } from '../../../src/load/http/connection-pool.ts';
import type { Dialed } from '../../../src/load/http/dialer.ts';
import { Dialer } from '../../../src/load/http/dialer.ts';

const request = { method: 'GET', path: '/', headers: [], body: null, okWhen: null };

/** Cannot open a connection, for this machine has run out of ports. */
class NoPorts extends Dialer {
  tries = 0;

  override open(dialed: Dialed): never {
    this.tries++;
    setImmediate(() => dialed(Object.assign(new Error('no port is free'), { code: 'EADDRNOTAVAIL' }), null));
    return undefined as never;
  }
}

const unsent: Ending = { kind: 'unsent', bytesSent: 0, bytesReceived: 0 };

test('where this machine can open no more connections, those that wait are not tried one by one, and it is nothing the app did', async () => {
  const dialer = new NoPorts({ origin: 'http://127.0.0.1:1', http: 1, tls: undefined }, 1_000);
  const pool = new ConnectionPool(dialer);
  const endings: Ending[] = [];
  const sent = Array.from({ length: 500 }, () => pool.send(request, (ending) => endings.push(ending)));
  await sleep(50);
  // As many as are opened at a time; the others wait.
  expect(dialer.tries).toBe(100);
  expect(endings).toEqual(Array.from({ length: 100 }, () => unsent));
  expect(sent.filter(({ ended, free }) => !ended && free)).toHaveLength(400);
  for (const exchange of sent) exchange.expire();
  expect(endings).toEqual(Array.from({ length: 500 }, () => unsent));
});
