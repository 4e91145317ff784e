import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Fault } from '../../src/fault/fault.ts';
import { lasting } from '../../src/fault/fault.ts';
import type { Load, LoadResult } from '../../src/load/load.ts';
import { now } from '../../src/recording/clock.ts';
import { Recording } from '../../src/recording/recording.ts';
import type { ProgressReport } from '../../src/report/progress.ts';
import { resultsFolder } from '../../src/report/run-json.ts';
import { slug } from '../../src/report/test-key.ts';
import type { RepeatedExperiment, Run } from '../../src/run.ts';
import { findBreakingPoint } from '../../src/search/breaking-point.ts';
import { explore } from '../../src/search/explore.ts';
import { objectives } from '../../src/search/objectives.ts';
import { type Bench, Session } from '../../src/session.ts';
import type { AppEnd } from '../../src/stack/app/app.ts';
import { matchers } from '../../src/verdict/matchers/matchers.ts';
import { originOf } from '../../src/verdict/origin.ts';
import { Repeats } from '../../src/verdict/repeats.ts';
import { steady } from './verdict/literals.ts';

/** A load without requests that brings home, run for run, answers that took so many milliseconds. */
function bringing(...times: number[]): Load {
  let run = 0;
  return {
    name: 'a literal load',
    duration: 5_000,
    async run({ onZero }): Promise<LoadResult> {
      onZero(now() + 2);
      const time = times[Math.min(run++, times.length - 1)] as number;
      const { columns, generator, duration } = steady({ rate: 100, seconds: 5 }, (_, dueAt) => ({
        endedAt: dueAt + time,
      }));
      return { columns, generator, duration };
    },
  };
}

const key = { project: 'perf', file: 'a.test.ts', test: 'a search', fullName: 'searches > a search', number: 1 };

/** A session of a test whose app and services are none, with what was done to them and what was told. */
function session(end?: AppEnd, attempt?: number) {
  const root = mkdtempSync(join(tmpdir(), 'session-'));
  const calls: string[] = [];
  const progress: ProgressReport[] = [];
  const listeners = new Set<unknown>();
  const identity = { ...key, root, attempt, signal: new AbortController().signal };
  const own = new Session({ ...identity, onProgress: (report) => progress.push(report) });
  const app: Bench['app'] = {
    ...{ name: 'app', url: 'http://127.0.0.1:1', port: 1, pid: process.pid },
    fetch: () => Promise.reject(new Error('there is no app')),
    onExit: (listener) => {
      if (end) listener(end);
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    state: end ? 'gone' : 'runs',
    onReady: () => () => undefined,
    output: () => '',
    stop: async () => undefined,
    kill: async () => undefined,
    start: async () => true,
    pause: async () => undefined,
    resume: async () => undefined,
  };
  const bench = {
    app,
    services: [],
    others: () => [],
    reset: async (what: string) => void calls.push(`reset ${what}`),
  };
  const { run, close } = own.open(bench);
  onTestFinished(async () => {
    await close();
    rmSync(root, { recursive: true });
  });
  const files = () =>
    readdirSync(join(root, resultsFolder, slug(key), attempt === undefined ? '' : `attempt-${attempt}`));
  const report = () => own.report({ events: [], errors: [] });
  return { run, close, calls, progress, files, listeners, own, root, report, result: () => report()?.result };
}

test('repeats each start afresh, are told by their number, and come back as one', async () => {
  const { run, calls, progress, files, result } = session();
  const prepare = () => void calls.push('prepare');
  const repeats = await run({ load: bringing(30, 50, 40), prepare, repeat: 3 });
  expect(repeats).toBeInstanceOf(Repeats);
  expect(calls).toEqual(['reset all', 'prepare', 'reset all', 'prepare', 'reset all', 'prepare']);
  // When the load begins is told by a timer, which this load is too short for.
  const phases = progress.map(({ phase }) => phase).filter((phase) => !phase.endsWith(', load'));
  expect([...new Set(phases)]).toEqual(
    [1, 2, 3].flatMap((n) => ['reset', 'warm-up', 'settling'].map((phase) => `repeat ${n} of 3, ${phase}`)),
  );
  expect(files()).toEqual([
    'recording-1-repeat-1-of-3.bin',
    'recording-2-repeat-2-of-3.bin',
    'recording-3-repeat-3-of-3.bin',
  ]);
  matchers.toHaveP99Below.call({}, repeats, '45ms');
  const rows = result()?.rows.filter(({ metric }) => metric === 'p99');
  expect(rows).toMatchObject([{ shown: '40 ms (30 ms to 50 ms)', verdict: 'unknown', repeats: [30, 50, 40] }]);
});

test.each([0, 1.5, -1, Number.NaN, '5'])('a repeat of %s is an error before anything starts', async (repeat) => {
  const { run, calls } = session();
  const plan = { load: bringing(30), repeat } as RepeatedExperiment;
  await expect(run(plan)).rejects.toThrow(`run({ repeat }) must be a whole number from 1, such as 5; got ${repeat}`);
  expect(calls).toEqual([]);
});

test('a single run starts from what is there, and its file has no title', async () => {
  const { run, calls, files } = session();
  const recording = await run({ load: bringing(30) });
  expect(calls).toEqual([]);
  expect(files()).toEqual(['recording-1.bin']);
  const { project, file, fullName } = key;
  const folder = join(resultsFolder, slug(key));
  expect(originOf(recording)).toEqual({ project, file, fullName, folder, isTrial: false });
});

test('an attempt of a test that Vitest repeats or tries again has a folder of its own, which its message names', async () => {
  const { run, files, own, root } = session(undefined, 3);
  const recording = await run({ load: bringing(30) });
  const stack = join(root, 'stack');
  const logs = [join(stack, 'app.log'), join(stack, 'redis', 'server.log')];
  mkdirSync(join(stack, 'redis'), { recursive: true });
  for (const log of logs) writeFileSync(log, 'said');
  await own.keepLogs(stack, logs);
  expect(files()).toEqual(['app.log', 'recording-1.bin', 'redis-server.log']);
  expect(matchers.toHaveP99Below.call({}, recording, '20ms').message()).toMatch(
    /\nRecording and logs: \S+\/attempt-3$/m,
  );
});

test('the first of such attempts removes those of an earlier run of Vitest, which may have been more', async () => {
  const { run, files, root } = session(undefined, 1);
  const folder = join(root, resultsFolder, slug(key));
  mkdirSync(join(folder, 'attempt-2'), { recursive: true });
  writeFileSync(join(folder, 'result.json'), '{}');
  await run({ load: bringing(30) });
  expect(files()).toEqual(['recording-1.bin']);
  expect(readdirSync(folder)).toEqual(['attempt-1', 'result.json']);
});

test('a run is judged by a matcher on it or on its repeats, or says that it is only looked at', async () => {
  const { run, report } = session();
  await run({ load: bringing(30), judged: false });
  expect(report()?.unjudged).toBeUndefined();
  const { recordings } = await run({ load: bringing(30), repeat: 2 });
  expect(report()?.unjudged).toMatch(/^Nothing was judged of what run\(\) \(call 2 of 2\) left/);
  expect(report()?.doubts).toEqual([report()?.unjudged]);
  for (const recording of recordings) matchers.toSustainRps.call({}, recording, 1);
  expect(report()?.unjudged).toBeUndefined();
});

test('a failed attempt tells of its witnesses, asserted or not, and of none that its test read', async () => {
  const { run, own } = session();
  let reads = 0;
  const plan = {
    load: bringing(30),
    finalState: () => (reads++ === 0 ? [] : [{ key: 'SM0' }]),
    settle: '600ms',
  } as const;
  const recording = await run(plan);
  const witnesses = (...errors: string[]) => own.report({ events: [], errors })?.witnesses;
  expect(witnesses()).toEqual([]);
  expect(witnesses('boom')).toEqual(['lost: 499 keys']);
  const { message } = matchers.toLoseNothing.call({}, recording);
  expect(witnesses('boom')).toEqual([]);
  expect(witnesses(message())).toEqual(['lost: 499 keys']);
});

test('a run without a plan is an error that says what a plan has', async () => {
  const { run } = session();
  await expect(run(undefined as never)).rejects.toThrow('run needs an object with load, faults,');
});

test('of a run that fails half-way nobody listens to the app any more', async () => {
  const { run, listeners } = session();
  const seen: number[] = [];
  const load: Load = {
    ...bringing(30),
    async run() {
      seen.push(listeners.size);
      throw new Error('broken');
    },
  };
  await expect(run({ load })).rejects.toThrow('broken');
  expect([...seen, listeners.size]).toEqual([1, 0]);
});

test('a run that is still under way when its test ends is broken off, and its faults are healed before anything else ends', async () => {
  const { run, close } = session();
  const done: string[] = [];
  const fault: Fault = {
    ...{ name: 'a fault', kind: 'fault', holds: [], patience: 0 },
    subject: { name: 'one', kind: 'one', connections: async () => 1 },
    look: async () => ({ seen: true, detail: '' }),
    inject: async () => {
      done.push('injected');
      return {
        [Symbol.asyncDispose]: async () => {
          await setTimeout(20);
          done.push('healed');
        },
      };
    },
  };
  const load: Load = {
    ...bringing(1),
    run: ({ onZero }, signal) => {
      onZero(now());
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    },
  };
  const running = run({ load, faults: [{ name: 'a fault', fault, from: 0, to: 4_000 }] });
  const broken = expect(running).rejects.toThrow(/^run\(\) was still under way when its test ended, .* await it$/);
  await vi.waitFor(() => expect(done).toEqual(['injected']));
  await close();
  expect(done).toEqual(['injected', 'healed']);
  await broken;
  await expect(run({ load })).rejects.toThrow('await it');
});

test('a run against an app that has ended is an error, for it would measure nothing', async () => {
  const { run } = session({ at: 0, code: 3, signal: null, output: 'giving up', asked: false });
  await expect(run({ load: bringing(30) })).rejects.toThrow(
    /the app ended with code 3 before this run began; .*reset is 'none'\. Its last lines:\ngiving up$/s,
  );
});

test('a preparation that is none, or that throws, is an error of its own', async () => {
  const { run } = session();
  const wrong = { load: bringing(30), prepare: 5 as unknown as () => void };
  await expect(run(wrong)).rejects.toThrow('run({ prepare }) must be a function; got number');
  const throwing = () => Promise.reject(new Error('POST /orders answered 500'));
  await expect(run({ load: bringing(30), prepare: throwing })).rejects.toThrow(
    'run({ prepare }) threw: POST /orders answered 500',
  );
});

test('a second run beside one that is under way is refused, and a search waits for nobody', async () => {
  const { run } = session();
  const first = run({ load: bringing(30) });
  await expect(run({ load: bringing(30), repeat: 2 })).rejects.toThrow(/another run of this test is under way/);
  await first;
});

/** The load alone: how busy this machine was meanwhile, which is seen too, is another story at every run of these tests. */
function unobserved({ columns, generator, duration, seed, startedAt }: Recording): Recording {
  return new Recording({
    ...{ columns, generator, duration, seed, startedAt },
    ...{ faults: [], finalState: undefined, exits: [], series: [] },
  });
}

const judge = objectives({ p99: '50ms' });

const byTime = (run: Run) =>
  findBreakingPoint({
    of: 'added latency',
    from: '10ms',
    to: '80ms',
    trial: (time) => run({ load: bringing(time) }),
    holds: (recording) => judge(unobserved(recording)),
  });

test('a search is one line of the table, and its trials are files that say their value', async () => {
  const { run, calls, progress, files, report, result } = session();
  const point = await byTime(run);
  expect(point).toMatchObject({ status: 'found', heldAt: 47.6, brokeAt: 51.9 });
  expect(new Set(calls)).toEqual(new Set(['reset all']));
  expect(calls).toHaveLength(point.trials.length);
  const phases = progress.map(({ phase }) => phase);
  expect(phases).toEqual(expect.arrayContaining(['trial 4: 80 ms, reset', 'trial 4: 80 ms, warm-up']));
  expect(files()).toContain('recording-4-trial-4-80-ms.bin');
  expect(result()?.rows).toMatchObject([
    {
      metric: 'added latency',
      shown: 'held at 47.6 ms, broke at 51.9 ms',
      grade: null,
      target: null,
      verdict: 'measured',
    },
  ]);
  expect(report()?.unjudged).toMatch(/^Nothing was judged of what findBreakingPoint\(\) left/);
  matchers.toHoldAtLeast.call({}, point, '40ms');
  expect(report()?.unjudged).toBeUndefined();
  expect(result()).toMatchObject({ rows: [{ target: '>= 40 ms', verdict: 'pass' }], events: [] });
  const [search] = result()?.searches ?? [];
  expect(search).toMatchObject({ heldAt: 47.6, brokeAt: 51.9, brokeFirst: ['p99'], picture: point.picture });
  expect(search?.trials[3]).toEqual({
    ...{ value: 80, decision: 'broke', sustained: false, recording: 'recording-4-trial-4-80-ms.bin' },
    objectives: [
      { metric: 'p99', shown: '80 ms', target: '< 50 ms', verdict: 'fail' },
      { metric: 'answered of offered', shown: expect.any(String), target: '>= 99 %', verdict: 'pass' },
    ],
  });
});

test('an exploration is one line of the table, draws from the seed of the test, and its trials are files that say theirs', async () => {
  const { run, files, result } = session();
  const away = lasting({
    ...{ name: 'refuse(redis)', kind: 'refuse', holds: ['wire'], patience: 100 },
    subject: { name: 'redis', kind: 'redis', connections: async () => 1 },
    look: async () => ({ seen: true, detail: '' }),
    inject: async () => ({ [Symbol.asyncDispose]: async () => undefined }),
  });
  const exploration = await explore({
    ...{ runs: 2, catalogue: [away], between: ['1s', '4s'], faults: 1, length: ['1s', '1s'], replays: 1 },
    trial: (faults) => run({ load: bringing(faults.length === 0 ? 30 : 60) }),
    holds: (recording) => judge(unobserved(recording)),
  });
  const { seed } = exploration;
  expect(files()).toEqual([
    `recording-1-schedule-1-seed-${seed}.bin`,
    'recording-2-shrinking-1.bin',
    'recording-3-replay-1.bin',
  ]);
  const shown = { metric: 'random schedules', shown: `1 of 1 schedule failed (seed ${seed})` };
  expect(result()).toMatchObject({ seed, rows: [{ ...shown, verdict: 'measured' }] });
  matchers.toHoldThroughout.call({}, exploration);
  expect(result()).toMatchObject({ rows: [{ ...shown, verdict: 'fail' }], events: [] });
  const [written] = result()?.explorations ?? [];
  expect(written).toMatchObject({ seed, failing: { replays: { made: 1, failed: 1 } } });
  expect(written?.trials).toMatchObject([{ status: 'fail', recording: `recording-1-schedule-1-seed-${seed}.bin` }]);
});

test('runs before and after a search keep their own lines', async () => {
  const { run, result } = session();
  await run({ load: bringing(30) });
  await byTime(run);
  await run({ load: bringing(35) });
  const shown = result()?.rows.filter(({ metric }) => ['p99', 'added latency'].includes(metric));
  expect(shown?.map((row) => row.shown)).toEqual(['30 ms', 'held at 47.6 ms, broke at 51.9 ms', '35 ms']);
});

test('a trial may be repeated: it holds if the repeats do as a whole', async () => {
  const { run, files, result } = session();
  const point = await findBreakingPoint({
    ...{ of: 'added latency', from: '20ms', to: '40ms', mostTrials: 3 },
    trial: (time) => run({ load: bringing(time, time + 5), repeat: 2 }),
    holds: (repeats) => judge(new Repeats(repeats.recordings.map(unobserved))),
  });
  expect(point).toMatchObject({ status: 'not-reached', heldAt: 40 });
  expect(point.trials[1]?.judgements[0]).toMatchObject({ shown: '40 ms (40 ms to 45 ms)', repeats: [40, 45] });
  expect(files()).toContain('recording-3-trial-2-40-ms-repeat-1-of-2.bin');
  expect(result()?.rows).toHaveLength(1);
});
