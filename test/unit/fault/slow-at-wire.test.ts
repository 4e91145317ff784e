import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { slowAtWire, type WireSession } from '../../../src/fault/slow-at-wire.ts';

const never = new AbortController().signal;
const noNote = (): void => undefined;
const silent = (): Promise<never> => new Promise(() => undefined);

/** A relay that slows one statement down by 10 ms, and what is done to it and to the session. */
function relay(open: () => Promise<WireSession>) {
  const told: string[] = [];
  const fault = slowAtWire({
    delay: 10,
    unit: 'statement',
    open,
    async begin() {
      told.push('begun');
      return {
        canary: 'select 1',
        matched: async () => 1,
        [Symbol.asyncDispose]: async () => void told.push('ended'),
      };
    },
  });
  return { fault, told };
}

describe('a server that another fault has silenced', () => {
  test('holds up neither a look nor the healing', async () => {
    const { fault, told } = relay(async () => ({ ask: silent, close: silent }));
    const injection = await fault.inject(never, noNote);
    expect(await fault.look()).toEqual({ seen: false, detail: 'it could not be looked at: no answer within 510 ms' });
    await injection[Symbol.asyncDispose]();
    expect(told).toEqual(['begun', 'ended']);
  });

  test('does not keep the fault from beginning, and a session that comes after its end is closed', async () => {
    const late = Promise.withResolvers<WireSession>();
    const { fault, told } = relay(() => late.promise);
    const injection = await fault.inject(never, noNote);
    expect(told).toEqual(['begun']);
    await injection[Symbol.asyncDispose]();
    late.resolve({ ask: silent, close: async () => void told.push('closed') });
    await expect.poll(() => told).toEqual(['begun', 'ended', 'closed']);
  });
});

test('a server that is away does not keep the fault from beginning, which is seen once it is back', async () => {
  let away = true;
  const { fault } = relay(async () => {
    if (away) throw new Error('connect ECONNREFUSED');
    return { ask: () => sleep(10), close: async () => undefined };
  });
  const injection = await fault.inject(never, noNote);
  expect(await fault.look()).toEqual({ seen: false, detail: 'it could not be looked at: connect ECONNREFUSED' });
  away = false;
  expect(await fault.look()).toMatchObject({ seen: true });
  await injection[Symbol.asyncDispose]();
});
