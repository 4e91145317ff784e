import { expect, test } from 'vitest';
import type { Experiment } from '../../../src/experiment.ts';
import { type CapacityOptions, findCapacity } from '../../../src/search/capacity.ts';
import { keysOf, steady } from '../verdict/literals.ts';

const request = () => ({ path: '/' });

/** A `run` of an app that answers `capacity` per second, and the loads that it was given. */
function running(capacity: number) {
  const loads: string[] = [];
  const run = async ({ load }: Experiment) => {
    loads.push(load.name);
    const [, rate] = /(\d+)\/s/.exec(load.name) ?? [];
    const seconds = (load.duration ?? 0) / 1_000;
    return steady({ rate: Number(rate), seconds }, (n, dueAt) => ({
      endedAt: Math.max(dueAt, (n * 1_000) / capacity) + 10,
    }));
  };
  return { run, loads };
}

test('each trial is an open load at the rate, long enough for what the objectives need', async () => {
  const { run, loads } = running(230);
  const point = await findCapacity(run, { request, from: 25, p99: '200ms' });
  expect(point).toMatchObject({ status: 'found', of: 'offered rate', heldAt: 218, brokeAt: 238 });
  expect(loads.slice(0, 4)).toEqual([
    'arrivals 25/s for 12.0 s',
    'arrivals 50/s for 6.0 s',
    'arrivals 100/s for 5.0 s',
    'arrivals 200/s for 5.0 s',
  ]);
  expect(loads).toContain('arrivals 218/s for 15.0 s');
});

test('the usual objectives are those of p99 and errors', async () => {
  const { run } = running(100);
  const point = await findCapacity(run, { request });
  expect(point.trials[0]?.judgements.map(({ metric, bound }) => `${metric} ${bound}`)).toEqual([
    'p99 < 500 ms',
    'error rate < 1 %',
    'answered of offered >= 99 %',
  ]);
  expect([point.from, point.to]).toEqual([50, 5_000]);
});

test('options out of their range are errors before anything runs', async () => {
  const { run, loads } = running(100);
  const attempt = async (options: Partial<CapacityOptions>) => findCapacity(run, { request, ...options });
  await expect(attempt({ from: 0 })).rejects.toThrow(/from must be above 0/);
  await expect(attempt({ to: 10 })).rejects.toThrow(/to must be above from; got 50 to 10/);
  await expect(attempt({ p99: 0 })).rejects.toThrow(/p99 must be a time above 0/);
  await expect(attempt({ duration: '5' as '5s' })).rejects.toThrow(/findCapacity: duration must be milliseconds/);
  expect(loads).toEqual([]);
});

test('with a final state each trial must lose nothing as well, and the run is given what it needs for it', async () => {
  const plans: Experiment[] = [];
  const keeping = async (plan: Experiment) => {
    plans.push(plan);
    const rate = Number(/(\d+)\/s/.exec(plan.load.name)?.[1]);
    const seconds = (plan.load.duration ?? 0) / 1_000;
    // Above 100 per second one is lost.
    return steady({ rate, seconds }, undefined, {
      finalState: { after: keysOf(rate * seconds, rate > 100 ? ['SM7'] : []) },
    });
  };
  const finalState = () => [];
  const prepare = () => undefined;
  const state = { finalState, settle: '3s', prepare } as const;
  const point = await findCapacity(keeping, { request, from: 100, to: 150, width: '60%', ...state });
  expect(plans[0]).toMatchObject(state);
  expect(point.brokeFirst.map(({ metric, shown }) => `${metric} ${shown}`)).toEqual(['lost 1 key']);
  expect(point).toMatchObject({ status: 'found', heldAt: 100, brokeAt: 150 });
});

test('judged strictly, a trial whose interval lies on both sides of the bound is undecided, and repeated for longer', async () => {
  const loads: string[] = [];
  const run = async ({ load }: Experiment) => {
    loads.push(load.name);
    // 0.9 % of errors: below the bound of 1 %, as 5,000 operations cannot tell with 95 % certainty, nor 10,000.
    return steady({ rate: 100, seconds: (load.duration ?? 0) / 1_000 }, (n) =>
      n % 1_000 < 9 ? { category: '503' } : {},
    );
  };
  const search = { request, from: 100, to: 110, errorRate: '1%', duration: '50s' } as const;
  const loosely = await findCapacity(run, search);
  expect(loosely).toMatchObject({ status: 'not-reached', heldAt: 110 });
  loads.length = 0;
  const strictly = await findCapacity(run, { ...search, strict: true });
  expect(strictly).toMatchObject({ status: 'inconclusive', heldAt: undefined });
  expect(loads).toEqual(
    [50, 100, 200].map((seconds) =>
      expect.stringContaining(`100/s for ${seconds > 119 ? '3.3 min' : `${seconds}.0 s`}`),
    ),
  );
  expect(strictly.because).toMatch(
    /^At offered rate 100\/s the search ended without an answer, for 3 trials in a row stayed undecided\. error rate: /,
  );
});
