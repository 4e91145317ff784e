import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareByHash, drawUpLedger } from '../../../src/analysis/keys/ledger.ts';
import { judgeReads } from '../../../src/analysis/keys/reads.ts';
import { findWinners } from '../../../src/analysis/races/winners.ts';
import { measureRecovery } from '../../../src/analysis/recovery/recovery.ts';
import { measureDelivery } from '../../../src/analysis/window/delivery.ts';
import { countErrors } from '../../../src/analysis/window/errors.ts';
import { measureFlow } from '../../../src/analysis/window/flow.ts';
import { measureLatencies, percentile, summarizeDurations } from '../../../src/analysis/window/latency.ts';
import { measureThroughput } from '../../../src/analysis/window/throughput.ts';
import {
  type Columns,
  chunksOf,
  columnNames,
  type GivenColumns,
  hasKeys,
  makeColumns,
  type Operation,
  operationsOf,
} from '../../../src/recording/columns.ts';
import { ColumnsBuilder } from '../../../src/recording/columns-builder.ts';
import { loadRecording, saveRecording } from '../../../src/recording/file/file.ts';
import { Spool } from '../../../src/recording/file/spool.ts';
import { recordingOf } from '../../../src/recording/literal.ts';
import { Recording } from '../../../src/recording/recording.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'breaking-point-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function columnsOf(operations: readonly Operation[]): Columns {
  const builder = new ColumnsBuilder();
  for (const operation of operations) builder.push(operation);
  return builder.columns();
}

/** The same recording with its operations on disk, in chunks of so many. */
function onDisk(recording: Recording, chunk: number): Recording {
  const spool = new Spool(0);
  const operations = [...operationsOf(recording.columns)];
  for (let from = 0; from < operations.length; from += chunk)
    spool.append(columnsOf(operations.slice(from, from + chunk)));
  expect(spool.inMemory).toBe(0);
  return new Recording(Object.assign({}, recording, { columns: spool.columns() }));
}

const instant = fc.integer({ min: -500, max: 3_000 });
const anyOperation: fc.Arbitrary<Partial<Operation>> = fc
  .record({
    dueAt: instant,
    late: fc.integer({ min: 0, max: 20 }),
    took: fc.oneof(fc.integer({ min: 0, max: 800 }), fc.constant(Number.NaN)),
    category: fc.constantFrom('ok', '503', 'timeout', 'refused', 'saturated', 'unsent'),
    key: fc.option(fc.constantFrom('a', 'b', 'c', 'd', '\ud800'), { nil: undefined }),
    name: fc.constantFrom('order', 'trip'),
    kind: fc.constantFrom('write' as const, 'write' as const, 'read' as const, 'remove' as const),
    value: fc.option(fc.constantFrom('x', 'y'), { nil: undefined }),
  })
  .map(({ late, took, ...rest }) => ({ ...rest, startedAt: rest.dueAt + late, endedAt: rest.dueAt + late + took }));

const row = fc.record({ key: fc.constantFrom('a', 'b', 'z', 'y'), value: fc.constantFrom('x', 'y', undefined) });
const anyRecording = fc
  .record({
    operations: fc.array(anyOperation, { minLength: 1, maxLength: 60 }),
    stalls: fc.array(fc.tuple(instant, instant), { maxLength: 2 }),
    before: fc.array(row, { maxLength: 2 }),
    after: fc.array(row, { maxLength: 4 }),
  })
  .map(({ operations, stalls, before, after }) =>
    recordingOf({
      operations,
      generator: { stalls },
      finalState: { before, after },
      faults: [{ inEffectAt: 1_000, healedAt: 2_000 }],
      duration: 3_000,
    }),
  );

describe('a recording on disk', () => {
  test('comes to what the same recording in memory comes to, in every analysis', () => {
    fc.assert(
      fc.property(anyRecording, fc.integer({ min: 1, max: 20 }), (memory, chunk) => {
        const disk = onDisk(memory, chunk);
        const all = ({ columns }: Recording) => [...operationsOf(columns)];
        expect(all(disk)).toEqual(all(memory));
        const [name = ''] = memory.columns.names;
        const windowsOf = (one: Recording) => [one, one.before, one.during, one.named(name), one.during.named(name)];
        const others = windowsOf(disk);
        for (const [index, window] of windowsOf(memory).entries()) {
          const other = others[index] as typeof window;
          expect(countErrors(other)).toEqual(countErrors(window));
          expect([...measureLatencies(other, 'best')]).toEqual([...measureLatencies(window, 'best')]);
          expect(summarizeDurations(other)).toEqual(summarizeDurations(window));
          expect(measureDelivery(other)).toEqual(measureDelivery(window));
          expect(measureThroughput(other)).toEqual(measureThroughput(window));
          expect(measureFlow(other)).toEqual(measureFlow(window));
        }
        expect(drawUpLedger(disk)).toEqual(drawUpLedger(memory));
        expect(memory.finalState && compareByHash(disk, memory.finalState)).toEqual(drawUpLedger(memory));
        expect(findWinners(disk, undefined, 2)).toEqual(findWinners(memory));
        expect(judgeReads(disk, 2)).toEqual(judgeReads(memory));
        expect(hasKeys(disk.columns)).toBe(hasKeys(memory.columns));
      }),
      { numRuns: 60 },
    );
  });

  test('recovers when the same recording in memory does', () => {
    const operations = Array.from({ length: 4_000 }, (_, n) => {
      const dueAt = n * 5;
      return { dueAt, outcome: dueAt >= 8_000 && dueAt < 12_500 ? ('failed' as const) : ('ok' as const) };
    });
    const memory = recordingOf({ operations, faults: [{ inEffectAt: 8_000, healedAt: 12_000 }] });
    expect(measureRecovery(memory)).toMatchObject({ status: 'recovered', after: 500 });
    expect(measureRecovery(onDisk(memory, 700))).toEqual(measureRecovery(memory));
  });

  test('gives its columns whole to whoever asks for them', () => {
    const memory = recordingOf({
      operations: [{ key: 'a', value: 'x' }, { dueAt: 5, category: '404', kind: 'read' }, { name: 'trip' }],
    });
    const { columns } = onDisk(memory, 2);
    const { length, dueAt, key, value, categories, names, kinds } = columns;
    const numbers = makeColumns(columnNames, (name) => columns[name]);
    expect({ length, ...numbers, categories, names, kinds, key, value }).toEqual(memory.columns);
    expect(columns.dueAt).toBe(dueAt);
  });

  test('is saved and read again as it was', async () => {
    const path = join(folder, 'disk.recording');
    const memory = recordingOf({ operations: Array.from({ length: 9 }, (_, n) => ({ dueAt: n, key: `k${n}` })) });
    await saveRecording(onDisk(memory, 4), path);
    expect(await loadRecording(path)).toStrictEqual(memory);
  });

  test('says so when its file was cut', async () => {
    const path = join(folder, 'cut.recording');
    const memory = recordingOf({ operations: [{ dueAt: 1 }] });
    await saveRecording(onDisk(memory, 1), path);
    const loaded = await loadRecording(path, 0);
    await writeFile(path, '');
    expect(() => countErrors(loaded)).toThrow(/its file was cut/);
  });
});

describe('a spool', () => {
  test('keeps a small run in memory, identical to columns that were built at once', () => {
    const operations = [...operationsOf(recordingOf({ operations: [{ key: 'a' }, { category: '503' }, {}] }).columns)];
    const spool = new Spool();
    for (const operation of operations) spool.append(columnsOf([operation]));
    expect(spool.onDisk).toBe(0);
    expect(spool.columns()).toEqual(columnsOf(operations));
  });

  test('holds no more in memory than its limit, and leaves no file that has a name', () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('breaking-point-operations-'));
    const spool = new Spool(100_000);
    const length = 50_000;
    const chunk: GivenColumns = {
      length,
      dueAt: Float64Array.from({ length }, (_, n) => n),
      startedAt: Float64Array.from({ length }, (_, n) => n),
      endedAt: Float64Array.from({ length }, (_, n) => n + 1 + (n % 100)),
      outcome: new Uint8Array(length),
      category: new Uint16Array(length),
      categories: ['ok'],
      name: new Uint16Array(length),
      names: ['order'],
      key: Array.from({ length }, (_, n) => `SM${n}`),
      value: new Array<undefined>(length).fill(undefined),
    };
    for (let round = 0; round < 22; round++) {
      spool.append(chunk);
      expect(spool.inMemory).toBeLessThanOrEqual(100_000);
    }
    const columns = spool.columns();
    expect(columns.length).toBe(1_100_000);
    // 40 bytes of numbers, a key of up to 7 letters with its length, nothing for the values.
    expect(spool.onDisk / columns.length).toBeLessThan(51);
    for (const piece of chunksOf(columns)) expect(piece.length).toBeLessThanOrEqual(65_536);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('breaking-point-operations-'))).toEqual(before);

    const recording = new Recording(Object.assign({}, recordingOf({ operations: [] }), { columns, duration: length }));
    // Latencies of 1 to 100 ms, all equally often; more than a million of them come from a histogram.
    expect(percentile(measureLatencies(recording, 'worst'), 0.99)).toBeGreaterThan(99);
    expect(percentile(measureLatencies(recording, 'worst'), 0.99)).toBeLessThan(99 * 1.0005);
    expect(percentile(measureLatencies(recording, 'best'), 0.99)).toBe(99);
    expect(countErrors(recording).operations).toBe(1_100_000);
  });

  test('refuses more names than its codes have room for', () => {
    const spool = new Spool();
    const names = Array.from({ length: 2 ** 16 }, (_, n) => `name ${n}`);
    const { columns } = recordingOf({ operations: [{ name: 'one more' }] });
    spool.append({ ...columns, names });
    expect(() => spool.append(columns)).toThrow("at most 65536 names of operations, and 'one more' is one more");
  });
});
