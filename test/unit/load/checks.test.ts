import { expect, test } from 'vitest';
import { type ArrivalsOptions, arrivals } from '../../../src/load/arrivals.ts';
import { type AutocannonOptions, autocannon } from '../../../src/load/autocannon.ts';
import type { Request } from '../../../src/load/load.ts';
import { loadOrigin } from '../../../src/load/plan/loopback.ts';
import { type RaceOptions, race } from '../../../src/load/race.ts';

const request = () => ({ path: '/' });
const open = (options: Record<string, unknown>) =>
  arrivals({ rate: 10, duration: '1s', request, ...options } as ArrivalsOptions);
const closed = (options: Record<string, unknown>) =>
  autocannon({ connections: 2, duration: '1s', request, ...options } as AutocannonOptions);
const raced = (options: Record<string, unknown>) =>
  race({ races: 1, contenders: 2, attempt: () => ({ path: '/', key: 'K' }), ...options } as RaceOptions);
const target = { url: 'http://127.0.0.1:1', seed: 1, onZero: () => {}, onProgress: () => {} };
const signal = new AbortController().signal;

test('the names of loads hold their main numbers', () => {
  expect(open({ rate: 200, duration: '20s' }).name).toBe('arrivals 200/s for 20.0 s');
  expect(closed({ connections: 50, duration: '10s' }).name).toBe('autocannon 50 connections for 10.0 s');
  expect(raced({ races: 50, contenders: 10 }).name).toBe('race of 10 contenders, 50 times');
});

const staged = (stages: unknown, options: Record<string, unknown> = {}) =>
  arrivals({ stages, request, ...options } as ArrivalsOptions);

test('the name of a staged load tells its stages, and how arrivals are drawn', () => {
  const stages = [{ to: 500, over: '10s' }, { hold: '30s' }, { to: 1000, over: 0 }, { hold: '5s' }];
  expect(staged(stages, { rate: 10 }).name).toBe(
    'arrivals 10/s, to 500/s over 10.0 s, held for 30.0 s, to 1000/s at once, held for 5.0 s',
  );
  expect(staged(stages).duration).toBe(45_000);
  expect(open({ rate: 200, duration: '20s', spacing: 'poisson' }).name).toBe('arrivals 200/s for 20.0 s, Poisson');
});

test.each<[string, () => unknown, RegExp]>([
  ['no stage', () => staged([]), /stages must be a list of one or more of \{ to: 500.*; got \[\]/],
  ['a stage that is none', () => staged({ to: 5, over: '1s' }), /stages must be a list .*; got \{"to":5,"over":"1s"\}/],
  ['a negative rate', () => staged([{ to: -5, over: '1s' }]), /stages\[0\]\.to must be a number .* from 0; got -5/],
  ['a rate that is no number', () => staged([{ to: Number.NaN, over: '1s' }]), /stages\[0\]\.to must be .*; got NaN/],
  [
    'a negative start',
    () => staged([{ hold: '1s' }], { rate: -1 }),
    /rate, at which the first stage starts, .*; got -1/,
  ],
  ['a rate of 0 all the time', () => staged([{ hold: '1s' }]), /the stages offer nothing at all/],
  [
    'two things in one stage',
    () => staged([{ hold: '1s' }, { to: 5, over: '1s', hold: '1s' }], { rate: 1 }),
    /stages\[1\] must be \{ to: 500, over: '10s' \} or \{ hold: '30s' \}, one of the two; got \{"to":5/,
  ],
  ['a rate without a length', () => staged([{ to: 5 }]), /stages\[0\] must be .*; got \{"to":5\}/],
  ['a stage with names of its own', () => staged([{ rate: 5, duration: '1s' }]), /stages\[0\] must be .* or \{ hold/],
  ['a hold of less', () => staged([{ hold: -5 }], { rate: 5 }), /stages\[0\]\.hold must be .*; got -5/],
  ['a way back in time', () => staged([{ to: 5, over: '-1s' }]), /stages\[0\]\.over must be .*"-1s"/],
  ['a hold without a unit', () => staged([{ hold: '30' }], { rate: 5 }), /stages\[0\]\.hold must be .*"30"/],
  ['a hold of no length', () => staged([{ hold: 0 }], { rate: 5 }), /stages\[0\]\.hold must be longer than 0; got 0/],
  [
    'a length without a unit',
    () => staged([{ to: 5, over: '10' }]),
    /stages\[0\]\.over must be milliseconds or .*"10"/,
  ],
  [
    'a jump at the end',
    () =>
      staged([
        { to: 5, over: '1s' },
        { to: 9, over: 0 },
      ]),
    /stages\[1\] has no length and nothing/,
  ],
  [
    'a jump after a jump',
    () => staged([{ to: 5, over: 0 }, { to: 9, over: 0 }, { hold: '1s' }]),
    /stages\[0\] has no length and nothing/,
  ],
  [
    'stages beside a duration',
    () => staged([{ to: 5, over: '1s' }], { duration: '5s' }),
    /duration and stages exclude each other.*; got "5s" and \[/,
  ],
  ['an unknown spacing', () => open({ spacing: 'random' }), /spacing must be 'even' or 'poisson'; got "random"/],
  [
    'a cap below the highest rate x timeout',
    () => staged([{ to: 100, over: '1s' }], { maxInFlight: 499 }),
    /maxInFlight .* at least highest rate x timeout = 500.*; got 499/,
  ],
])('%s is an error before anything starts', (_, make, message) => {
  expect(make).toThrow(message);
});

test('a load that draws no arrival at all says so instead of waiting for one', async () => {
  const rare = open({ rate: 1e-9, duration: 1, warmUp: 0, spacing: 'poisson' });
  await expect(rare.run(target, signal)).rejects.toThrow(
    /no arrival falls into the 1.0 ms of this load; raise its rate/,
  );
});

test('a timed load says when it ends, a race does not', () => {
  expect(open({ duration: '20s' }).duration).toBe(20_000);
  expect(closed({ duration: 500 }).duration).toBe(500);
  expect(raced({}).duration).toBeUndefined();
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, '200'])('a rate of %s is an error', (rate) => {
  expect(() => open({ rate })).toThrow(/arrivals: rate must be a number of operations per second above 0; got/);
});

test.each<[string, () => unknown, RegExp]>([
  ['a duration without unit', () => open({ duration: '20' }), /arrivals: duration must be milliseconds or .*"20"/],
  ['no duration at all', () => closed({ duration: 0 }), /autocannon: duration must be longer than 0; got 0/],
  [
    'a request that is no function',
    () => open({ request: { path: '/' } }),
    /arrivals: request must be a function .*; got object/,
  ],
  [
    'a cap below rate x timeout',
    () => open({ rate: 100, maxInFlight: 499 }),
    /maxInFlight .* at least highest rate x timeout = 500.*; got 499/,
  ],
  [
    'half a process',
    () => open({ processes: 1.5 }),
    /arrivals: processes must be a whole number of at least 1; got 1.5/,
  ],
  [
    'more processes than may be in flight',
    () => open({ rate: 1, timeout: '1s', maxInFlight: 2, processes: 3 }),
    /processes must be at most maxInFlight = 2, .*; got 3/,
  ],
  [
    'a warm-up until something else',
    () => open({ warmUp: { until: 'hot' } }),
    /arrivals: warmUp must be a length of time, 'steady'/,
  ],
  [
    'half a connection',
    () => closed({ connections: 0.5 }),
    /autocannon: connections must be a whole number of at least 1; got 0.5/,
  ],
  [
    'a time-out that autocannon cannot keep',
    () => closed({ timeout: '999ms' }),
    /timeout must be at least a second; got 999 ms/,
  ],
  ['no races', () => raced({ races: 0 }), /race: races must be a whole number of at least 1; got 0/],
  ['a race of one', () => raced({ contenders: 1 }), /race: contenders must be at least 2/],
  [
    'a race without attempts',
    () => raced({ attempt: undefined }),
    /race: attempt must be a function .*; got undefined/,
  ],
  ['a connect path without slash', () => raced({ connect: 'health' }), /race: connect: path must start with '\/'/],
])('%s is an error before anything starts', (_, make, message) => {
  expect(make).toThrow(message);
});

test('a cap of exactly rate x timeout is allowed', () => {
  expect(() => open({ rate: 100, maxInFlight: 500 })).not.toThrow();
});

const wrongPath = () => ({ path: 'orders' });
const throws = () => {
  throw new Error('no such customer');
};

test('the first request is looked at before anything starts', async () => {
  await expect(open({ request: wrongPath, warmUp: 0 }).run(target, signal)).rejects.toThrow(
    /request\(\{ n: 0 \}\): path must start/,
  );
  await expect(open({ request: throws }).run(target, signal)).rejects.toThrow(
    'request({ n: -20 }) threw: no such customer',
  );
  await expect(closed({ request: wrongPath }).run(target, signal)).rejects.toThrow(
    /request\(\{ n: 0 \}\): path must start/,
  );
});

test('autocannon cannot read the answer to HEAD, and says so', async () => {
  const head = () => ({ path: '/', method: 'HEAD' });
  await expect(closed({ request: head }).run(target, signal)).rejects.toThrow(
    /method must be one of GET, POST, .*; got 'HEAD'/,
  );
});

test('a race needs a key for every attempt, and all are made before the first', async () => {
  const attempt = ({ race: number }: { race: number }): Request =>
    number < 3 ? { path: '/', key: 'K' } : { path: '/' };
  await expect(raced({ races: 5, attempt }).run(target, signal)).rejects.toThrow(
    /attempt\(\{ race: 3, contender: 0 \}\): key is missing/,
  );
});

test('load goes to this machine alone', () => {
  expect(loadOrigin('http://127.0.0.1:8080/path')).toBe('http://127.0.0.1:8080');
  expect(loadOrigin('http://127.9.9.9:1')).toBe('http://127.9.9.9:1');
  expect(loadOrigin('http://localhost')).toBe('http://localhost');
  expect(loadOrigin('http://[::1]:8080')).toBe('http://[::1]:8080');
  for (const host of [
    '10.0.0.1',
    'example.org',
    '127.0.0.1.example.org',
    'localhost.example.org',
    'notlocalhost',
    '[::2]',
  ]) {
    expect(() => loadOrigin(`http://${host}:80`)).toThrow(/load goes only to this machine .*allowHosts/);
  }
});

test('load goes to another host only by name', () => {
  expect(loadOrigin('http://staging.example.org:8080', ['staging.example.org'])).toBe(
    'http://staging.example.org:8080',
  );
  expect(() => loadOrigin('http://prod.example.org', ['staging.example.org'])).toThrow(
    /prod\.example\.org is another host/,
  );
});

test('a target that is no http address is an error', () => {
  expect(() => loadOrigin('127.0.0.1:8080')).toThrow(/must be/);
  expect(() => loadOrigin('https://127.0.0.1')).toThrow(/must be an http: address/);
});
