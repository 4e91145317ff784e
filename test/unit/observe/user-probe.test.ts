import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { experiment } from '../../../src/experiment.ts';
import { checkProbes, type Probe, type Probes, UserProbes } from '../../../src/observe/user-probe.ts';
import { now } from '../../../src/recording/clock.ts';

const never = new Promise<never>(() => undefined);
const running = new AbortController().signal;
const quick = { every: 1, limit: 20 };

/** Begins with the first answer and returns once a probe was asked so many times. */
async function asked(times: number, probe: Probe, rest: Probes = {}) {
  const enough = Promise.withResolvers<void>();
  let count = 0;
  const counting: Probe = (context) => {
    if (++count > times) enough.resolve();
    return probe(context);
  };
  const zero = now();
  const probes = await UserProbes.begin({ backlog: counting, ...rest }, running, quick);
  await enough.promise;
  probes.stop();
  return { probes, values: probes.series(zero)[0]?.values.slice(0, times), zero };
}

test('a probe becomes a series of the subject probe under its own name, in counts', async () => {
  let n = 0;
  const { probes, values, zero } = await asked(3, () => n++, { waiting: () => Promise.resolve(7) });
  expect(values).toEqual([0, 1, 2]);
  const [backlog, waiting] = probes.series(zero);
  expect(backlog).toMatchObject({ subject: 'probe', name: 'backlog', unit: 'count' });
  expect(waiting).toMatchObject({ subject: 'probe', name: 'waiting' });
  expect(new Set(waiting?.values)).toEqual(new Set([7]));
  expect(backlog?.at).toEqual(backlog?.at.toSorted((a, b) => a - b));
  expect(probes.series(now())[0]?.values).toEqual([]);
  expect(probes.notes).toEqual([]);
});

test('a probe that throws, or gives no number, gives NaN there and a note', async () => {
  const answers: Probe[] = [
    () => 1,
    () => {
      throw new Error('the server is away');
    },
    () => Promise.reject(new Error('connect ECONNREFUSED')),
    () => Number.POSITIVE_INFINITY,
    () => '12' as never,
    () => 2,
  ];
  const { values, probes } = await asked(6, (context) => (answers.shift() ?? (() => 3))(context));
  expect(values).toEqual([1, Number.NaN, Number.NaN, Number.NaN, Number.NaN, 2]);
  expect(probes.notes).toEqual([
    expect.stringMatching(
      /^the probe backlog gave no number 4 of \d+ times \(NaN in its series\): it gave "12" \(a string\) and not a number$/,
    ),
  ]);
});

test('a probe that never answers is given up, told so, and asked anew', async () => {
  const reasons: unknown[] = [];
  let n = 0;
  const { values, probes } = await asked(3, ({ signal }) => {
    if (n++ !== 1) return n;
    signal.addEventListener('abort', () => void reasons.push(signal.reason));
    return never;
  });
  expect(values).toEqual([1, Number.NaN, 3]);
  expect(reasons).toEqual([expect.objectContaining({ name: 'TimeoutError' })]);
  expect(probes.notes[0]).toContain('it did not answer within 20 ms');
});

test('a probe is asked one question at a time', async () => {
  let [open, most] = [0, 0];
  await asked(4, async () => {
    most = Math.max(most, ++open);
    await sleep(3);
    return open--;
  });
  expect(most).toBe(1);
});

test.each(['stopped', 'cancelled'])(
  '%s, a probe is asked no more, and what it still owes is no sample',
  async (how) => {
    const ended = new AbortController();
    const zero = now();
    const [begun, owed] = [Promise.withResolvers<void>(), Promise.withResolvers<number>()];
    let n = 0;
    const backlog: Probe = () => {
      if (n++ === 0) return 5;
      begun.resolve();
      return owed.promise;
    };
    const probes = await UserProbes.begin({ backlog }, ended.signal, { every: 1, limit: 1_000 });
    await begun.promise;
    if (how === 'stopped') probes.stop();
    else ended.abort();
    owed.resolve(9);
    await sleep(10);
    expect(probes.series(zero)[0]?.values).toEqual([5]);
    expect(probes.notes).toEqual([]);
    expect(n).toBe(2);
  },
);

test('a probe that is broken before the load says so at once', async () => {
  await expect(UserProbes.begin({ backlog: () => '12' as never }, running)).rejects.toThrow(
    'run({ probe: { backlog } }) gave "12" (a string) and not a number. It is asked before the load already, and must give a number then',
  );
  const away = () => Promise.reject(new Error('relation "outbox" does not exist'));
  await expect(UserProbes.begin({ fine: () => 1, backlog: away }, running)).rejects.toThrow(
    'run({ probe: { backlog } }) threw: relation "outbox" does not exist. It is',
  );
  await expect(UserProbes.begin({ backlog: () => never }, running, quick)).rejects.toThrow(
    'did not answer within 20 ms',
  );
});

test('what is no function by name is an error before anything starts', () => {
  expect(() => checkProbes({ backlog: 3 })).toThrow('run({ probe: { backlog } }) must be a function, such as');
  expect(() => checkProbes(() => 3)).toThrow('run({ probe }) must be functions by name, such as');
  expect(() => checkProbes([])).toThrow('got an array');
  expect(() => checkProbes(null)).toThrow('got null');
  expect(() => checkProbes({ backlog: () => 3 })).not.toThrow();
});

test('a run with a probe that is no function does not begin its load', async () => {
  const run = vi.fn();
  const begun = (probe: unknown) =>
    experiment({ load: { name: 'a load', duration: 1_000, run }, probe: probe as Probes }, {} as never);
  await expect(begun({ backlog: 3 })).rejects.toThrow('run({ probe: { backlog } }) must be a function');
  await expect(begun([() => 3])).rejects.toThrow('must be functions by name');
  expect(run).not.toHaveBeenCalled();
});
