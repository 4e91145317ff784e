import { setTimeout as sleep } from 'node:timers/promises';
import { type Experiment, findCapacity, Recording } from 'breaking-point';
import { expect, test } from 'vitest';
import { now } from '../../src/recording/clock.ts';
import { ScriptedServer } from './fixtures/scripted-server.ts';

/** Carries out a load without services or faults. */
const runAgainst =
  (url: string) =>
  async ({ load }: Experiment): Promise<Recording> => {
    const target = { url, seed: 1, onZero: () => {}, onProgress: () => {} };
    const result = await load.run(target, new AbortController().signal);
    const startedAt = new Date().toISOString();
    return new Recording({ ...result, faults: [], finalState: undefined, exits: [], series: [], seed: 1, startedAt });
  };

test('the capacity of a server that answers 400 requests per second lies in the bracket, which is narrow', async () => {
  const each = 1_000 / 400;
  let free = 0;
  await using server = await ScriptedServer.start(async () => {
    free = Math.max(now(), free) + each;
    await sleep(free - now());
    return 200;
  });
  const point = await findCapacity(runAgainst(server.url), {
    request: ({ n }) => ({ path: `/keys/${n}` }),
    from: 360,
    to: 430,
    // A pause of this machine is no breaking point of the server: its growing queue is.
    p99: '3s',
    duration: '2s',
    warmUp: '300ms',
  });
  expect(point.status, point.picture).toBe('found');
  const [held, broke] = [point.heldAt as number, point.brokeAt as number];
  expect(held, point.picture).toBeLessThanOrEqual(400);
  expect(broke, point.picture).toBeGreaterThan(400);
  expect((broke - held) / held).toBeLessThanOrEqual(0.1);
  expect(point.brokeFirst.map(({ metric }) => metric)).toContain('answered of offered');
  // Each trial is on the books: the server saw what they say was sent, and nothing else.
  const sent = point.trials.map(
    ({ recording }) => [...(recording?.columns.startedAt ?? [])].filter(Number.isFinite).length,
  );
  expect([...server.seen.values()].reduce((sum, times) => sum + times, 0)).toBe(
    sent.reduce((sum, count) => sum + count, 0),
  );
}, 180_000);
