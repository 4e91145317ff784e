import { expect, test } from 'vitest';
import { type BreakingPointSearch, findBreakingPoint } from '../../../src/search/breaking-point.ts';
import { objectives } from '../../../src/search/objectives.ts';
import { steady } from '../verdict/literals.ts';

/** A service with a queue in front: up to `capacity` per second it answers in 10 ms; above, the queue grows for as long as the trial lasts. */
function service(capacity: number, rate: number, seconds = 4) {
  return steady({ rate, seconds }, (n, dueAt) => {
    const served = (n * 1_000) / capacity;
    return { endedAt: Math.max(dueAt, served) + 10 };
  });
}

const holds = objectives({ p99: '500ms', errorRate: '1%' });

test('the bracket around a capacity of 400/s, what broke first, and a picture of all trials', async () => {
  const trial = async (rate: number, { stretch }: { stretch: number }) => service(400, Math.round(rate), 4 * stretch);
  const point = await findBreakingPoint({ of: 'offered rate', suffix: '/s', from: 90, to: 5_000, trial, holds });
  expect(point).toMatchObject({ status: 'found', heldAt: 393, brokeAt: 428, unit: 'number', contradictions: [] });
  // At 428/s the queue grows by 28 a second, so that 400 of 428 are answered; in 4 s the p99 is then still below 500 ms.
  expect(point.brokeFirst.map(({ metric, shown }) => `${metric} ${shown}`)).toEqual(['answered of offered 93.5 %']);
  expect(point.because).toBe(
    'At offered rate 393/s it held, at 428/s it broke: answered of offered 93.5 %, must be >= 99 %. Both were confirmed (9 trials).',
  );
  expect(point.picture).toBe(
    [
      'offered rate                   answered of offered, must be >= 99 %',
      '        90/s  held             |############################## 100 %',
      '       180/s  held             |############################## 100 %',
      '       360/s  held             |############################## 100 %',
      '       393/s  held             |############################## 100 %',
      '       393/s  held, sustained  |############################## 100 %',
      '------------  breaks here',
      '       428/s  broke            |############################ 93.5 %',
      '       428/s  broke            |############################ 93.5 %',
      '       509/s  broke            |######################## 78.6 %',
      '       720/s  broke            |################# 55.6 %',
    ].join('\n'),
  );
  expect(point.trials.map(({ recording }) => recording?.generator.load)[0]).toBe('arrivals 90/s for 4 s');
});

test('a time may be varied: the longest outage that is survived', async () => {
  const lengths: number[] = [];
  const point = await findBreakingPoint({
    of: 'outage length',
    from: '1s',
    to: '30s',
    trial: async (length) => {
      lengths.push(length);
      return length < 10_500;
    },
    holds: (survived) => survived,
  });
  expect(lengths.slice(0, 5)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000]);
  expect(point).toMatchObject({ status: 'found', unit: 'duration', brokeFirst: [] });
  expect(point.heldAt as number).toBeLessThan(10_500);
  expect(point.brokeAt as number).toBeGreaterThanOrEqual(10_500);
  expect(point.because).toBe('At outage length 10.4 s it held, at 11.3 s it broke. Both were confirmed (10 trials).');
});

test('numbers of connections are tried as whole ones', async () => {
  const tried: number[] = [];
  const point = await findBreakingPoint({
    of: 'connections',
    whole: true,
    from: 1,
    to: 64,
    width: '1%',
    trial: async (connections) => {
      tried.push(connections);
      return connections;
    },
    holds: (connections) => connections <= 20,
  });
  expect(tried).toEqual([1, 2, 4, 8, 16, 32, 23, 19, 21, 20, 20, 21]);
  expect(point.because).toBe('At connections 20 it held, at 21 it broke. Both were confirmed (12 trials).');
});

test('any number may be varied, such as a share of what is lost', async () => {
  const holds = (share: number) => share < 0.034;
  const point = await findBreakingPoint({
    of: 'share lost',
    from: 0.001,
    to: 0.5,
    trial: async (share) => share,
    holds,
  });
  expect(point.because).toMatch(/^At share lost 0\.03\d* it held, at 0\.03\d* it broke\./);
});

test('too few operations in a trial leave it undecided, and the reason says what to change', async () => {
  const trial = async (rate: number) => service(400, rate, 2);
  const point = await findBreakingPoint({ of: 'offered rate', from: 100, to: 200, attempts: 2, trial, holds });
  expect(point).toMatchObject({ status: 'inconclusive', heldAt: undefined, brokeAt: undefined });
  expect(point.because).toMatch(
    /At offered rate 100 .* for 2 trials in a row stayed undecided\..*p99: Too few samples: 200/,
  );
});

test('reset is called between trials, not before the first', async () => {
  const calls: string[] = [];
  await findBreakingPoint({
    of: 'size',
    from: 1,
    to: 2,
    trial: async (value) => {
      calls.push(`trial ${value}`);
    },
    holds: () => true,
    reset: async () => {
      calls.push('reset');
    },
  });
  expect(calls).toEqual(['trial 1', 'reset', 'trial 2', 'reset', 'trial 2']);
});

test('a trial that throws names the value', async () => {
  const trial = () => Promise.reject(new Error('the app is gone'));
  const searching = findBreakingPoint({ of: 'size', from: 1, to: 2, trial, holds: () => true });
  await expect(searching).rejects.toThrow('the trial of size at 1 threw: the app is gone');
});

const sound: BreakingPointSearch<boolean> = { of: 'size', from: 1, to: 2, trial: async () => true, holds: (ok) => ok };

test.each<[string, Record<string, unknown>, RegExp]>([
  ['nothing to vary', { of: '' }, /of must say what is varied.*; got ""/],
  ['a start of 0', { from: 0 }, /from must be above 0.*; got 0/],
  ['a start that is no number', { from: Number.NaN }, /from must be above 0.*; got NaN/],
  ['an end below the start', { from: 3 }, /to must be above from; got 3 to 2/],
  ['a time without a unit', { to: '30' }, /to must be milliseconds or a number with a unit .*"30"/],
  ['a trial that is no function', { trial: 5 }, /trial must be a function; got number/],
  ['objectives that are no function', { holds: {} }, /holds must be a function; got object/],
  ['a width of nothing', { width: 0 }, /width must be from 0.1 % to below 100 %; got 0/],
  [
    'an end that is not whole',
    { whole: true, to: 2.5 },
    /from and to must be whole numbers where whole is true; got 1 to 2.5/,
  ],
  ['half whole', { whole: 'half' }, /whole must be true or false; got "half"/],
  ['a suffix that is no text', { suffix: 5 }, /suffix must be text, such as '\/s'; got number/],
  ['a reset that is none', { reset: 'half' }, /reset must be 'all', 'app', 'none' or a function; got "half"/],
  ['no attempts', { attempts: 0 }, /attempts must be a whole number from 1; got 0/],
  ['half a trial', { mostTrials: 0.5 }, /mostTrials must be a whole number from 1; got 0.5/],
])('%s is an error before anything starts', async (_, option, message) => {
  await expect(findBreakingPoint({ ...sound, ...option })).rejects.toThrow(message);
});

test.each<[string, unknown, RegExp]>([
  ['no bound', {}, /objectives needs one bound or more/],
  ['nothing', undefined, /objectives needs one bound or more/],
  ['only a window', { over: 'during' }, /objectives needs one bound or more/],
  ['a bound of another name', { p999: '1s' }, /there is no objective 'p999'; these are: p95, p99/],
  ['no time', { p99: 0 }, /p99 must be a time above 0.*; got 0/],
  ['an error rate of nothing', { errorRate: 0 }, /errorRate must be above 0/],
  ['an unknown window', { p99: '1s', over: 'later' }, /over must be 'before', 'during' or 'after'; got "later"/],
])('objectives: %s is an error', (_, bounds, message) => {
  expect(() => objectives(bounds as Parameters<typeof objectives>[0])).toThrow(message);
});

test('objectives say how many operations they need', () => {
  expect(objectives({ p99: '500ms', errorRate: '0.1%' }).needed).toBe(3_000);
  expect(objectives({ p99: '500ms' }).needed).toBe(300);
  expect(objectives({ errorRate: '0.1%', strict: true }).needed).toBe(3_688);
});
