import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { RedisConnection } from '../../../src/stack/clients/redis-connection.ts';

const patience = { timeout: 60_000, interval: 50 } as const;

/** A kept stack whose process is in the middle of several faults. */
async function halfway() {
  const temporary = mkdtempSync(join(tmpdir(), 'halfway-'));
  chmodSync(temporary, 0o711);
  const child = spawn(process.execPath, [join(import.meta.dirname, 'halfway-driver.ts')], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let reaper = 0;
  onTestFinished(async () => {
    child.kill('SIGKILL');
    if (reaper > 0) process.kill(reaper, 'SIGTERM');
    await vi.waitFor(() => expect(readdirSync(temporary)).toEqual([]), patience);
    rmSync(temporary, { recursive: true });
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const told = JSON.parse(line) as { reaper: number; ports: [number, number, number] };
  reaper = told.reaper;
  return { child, ports: told.ports };
}

/** A replica that takes what it is sent and never says so: a server in order to end waits for it. */
async function replicaOf(port: number): Promise<Socket> {
  const replica = connect({ host: '127.0.0.1', port });
  onTestFinished(() => void replica.destroy());
  replica.on('error', () => undefined);
  replica.resume();
  await once(replica, 'connect');
  replica.write('SYNC\r\n');
  await asked(port, 'set', 'behind', '1');
  await vi.waitFor(
    async () => expect(await asked(port, 'info', 'replication')).toContain('connected_slaves:1'),
    patience,
  );
  return replica;
}

async function asked(port: number, ...words: string[]): Promise<string> {
  const connection = new RedisConnection(port, { connectTimeout: 2_000, commandTimeout: 2_000 });
  try {
    return String(await connection.command(...words));
  } finally {
    connection.close();
  }
}

/** Names one run of a server. */
const runOf = async (port: number) => /run_id:(\w+)/.exec(await asked(port, 'info', 'server'))?.[1];

test('servers of a kept stack come back when its process dies while they are stopped in order, slowed down or down', {
  timeout: 200_000,
}, async () => {
  const { child, ports } = await halfway();
  const [stopping, slowed, killed] = ports;
  const before = await runOf(stopping);
  const replica = await replicaOf(stopping);
  child.stdin.write('go\n');
  // What writes waits while it is on its way to its end.
  await vi.waitFor(() => expect(asked(stopping, 'set', 'a', 'b')).rejects.toThrow('Command timed out'), patience);
  child.kill('SIGKILL');
  await once(child, 'exit');
  // It goes on to its end for longer than whoever pays takes to look at it.
  await sleep(1_000);
  replica.destroy();

  await vi.waitFor(async () => expect([undefined, before]).not.toContain(await runOf(stopping)), patience);
  await vi.waitFor(async () => expect(await asked(killed, 'ping')).toBe('PONG'), patience);
  await vi.waitFor(async () => expect(await asked(slowed, 'ping')).toBe('PONG'), patience);
  // And it stays so.
  for (let look = 0; look < 10; look++) {
    expect(await asked(slowed, 'ping')).toBe('PONG');
    await sleep(50);
  }
});
