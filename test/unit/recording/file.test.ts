import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Operation, operationsOf } from '../../../src/recording/columns.ts';
import { ColumnsBuilder } from '../../../src/recording/columns-builder.ts';
import { loadRecording, refuseBigEndian, saveRecording } from '../../../src/recording/file/file.ts';
import { exactStringify } from '../../../src/recording/json.ts';
import { recordingOf } from '../../../src/recording/literal.ts';
import { Recording, type RecordingData, type StateRow } from '../../../src/recording/recording.ts';
import { encodeTexts } from '../../../src/recording/texts.ts';
import { anyCharacter } from '../any-character.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'breaking-point-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const anyNumber = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -0, 0, 1.5));
const anyText = fc.oneof(fc.string({ unit: anyCharacter }), fc.constantFrom('', 'null', '\n', '\ud800', '{"$":"NaN"}'));
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });

const plain = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;

const anyOperation: fc.Arbitrary<Operation> = plain({
  dueAt: anyNumber,
  startedAt: anyNumber,
  endedAt: anyNumber,
  outcome: fc.constantFrom('ok' as const, 'failed' as const, 'unknown' as const),
  category: anyText,
  key: maybe(anyText),
  name: anyText,
  value: maybe(anyText),
  kind: fc.constantFrom('write' as const, 'read' as const, 'remove' as const),
  status: fc.nat({ max: 599 }),
  bytesSent: fc.nat({ max: 2 ** 24 }),
  bytesReceived: fc.oneof(fc.nat({ max: 2 ** 24 }), fc.constant(Number.NaN)),
  takes: fc.nat({ max: 2 }),
});

const anyRow = plain({ key: anyText, value: fc.oneof(maybe(anyText), fc.constant(null)) });

const anyData: fc.Arbitrary<RecordingData> = plain({
  columns: fc.array(anyOperation, { maxLength: 20 }).map((operations) => {
    const builder = new ColumnsBuilder();
    for (const operation of operations) builder.push(operation);
    return builder.columns();
  }),
  generator: plain({
    load: anyText,
    loop: fc.constantFrom('open' as const, 'closed' as const, 'race' as const),
    offeredRate: maybe(anyNumber),
    stalls: fc.array(fc.tuple(anyNumber, anyNumber), { maxLength: 3 }),
    connections: maybe(anyNumber),
  }),
  duration: anyNumber,
  faults: fc.array(
    plain({
      name: anyText,
      kind: anyText,
      service: anyText,
      serviceKind: anyText,
      askedAt: anyNumber,
      inEffectAt: anyNumber,
      healAskedAt: anyNumber,
      healedAt: anyNumber,
      instants: fc.dictionary(fc.oneof(anyText, fc.constantFrom('$', '__proto__', 'killed')), anyNumber, {
        noNullPrototype: true,
      }),
      bite: plain({
        connectionsBefore: anyNumber,
        seenAtStart: fc.boolean(),
        seenBeforeEnd: fc.boolean(),
        detail: anyText,
      }),
    }),
    { maxLength: 2 },
  ),
  finalState: maybe(
    plain({
      before: fc.array(anyRow, { maxLength: 3 }),
      after: fc.array(anyRow, { maxLength: 3 }),
      settled: fc.boolean(),
      settleTime: anyNumber,
    }),
  ),
  exits: fc.array(
    plain({
      at: anyNumber,
      code: fc.option(fc.integer()),
      signal: fc.option(fc.string()),
      output: anyText,
    }),
    { maxLength: 2 },
  ),
  series: fc.array(
    plain({
      subject: anyText,
      name: anyText,
      unit: fc.constantFrom('%' as const, 'bytes' as const, 'ms' as const),
      at: fc.array(anyNumber, { maxLength: 3 }),
      values: fc.array(anyNumber, { maxLength: 3 }),
    }),
    { maxLength: 2 },
  ),
  polls: maybe(
    fc.array(
      plain({
        kind: fc.constantFrom('live' as const, 'ready' as const),
        path: anyText,
        timeout: anyNumber,
        at: fc.array(anyNumber, { maxLength: 3 }),
        took: fc.array(anyNumber, { maxLength: 3 }),
        answers: fc.array(fc.oneof(anyText, fc.integer()), { maxLength: 3 }),
        stalls: fc.array(fc.tuple(anyNumber, anyNumber), { maxLength: 2 }),
      }),
      { maxLength: 2 },
    ),
  ),
  seed: anyNumber,
  startedAt: anyText,
});

/** A run of two operations, one of which never ended. */
function small(first: Partial<Operation> = {}): RecordingData {
  const builder = new ColumnsBuilder();
  const common = { outcome: 'ok', category: 'ok', name: 'POST /webhook', value: undefined } as const;
  builder.push({ ...common, dueAt: 0, startedAt: 0.25, endedAt: 12.5, key: 'SM0', ...first });
  builder.push({
    ...common,
    dueAt: 5,
    startedAt: 5,
    endedAt: Number.NaN,
    outcome: 'unknown',
    category: 'timeout',
    key: undefined,
  });
  return {
    columns: builder.columns(),
    generator: { load: 'two by hand', loop: 'open', offeredRate: 200, stalls: [], connections: undefined },
    duration: 10,
    faults: [],
    finalState: undefined,
    exits: [{ at: 7, code: null, signal: 'SIGKILL', output: 'bye' }],
    series: [{ subject: 'app', name: 'memory', unit: 'bytes', at: [0, 1_000], values: [1, Number.NaN] }],
    seed: 42,
    startedAt: '2026-01-02T03:04:05.678Z',
  };
}

test('a recording is read back identically, whatever its numbers and texts are', async () => {
  await fc.assert(
    fc.asyncProperty(anyData, async (data) => {
      const path = join(folder, 'any.recording');
      const recording = new Recording(data);
      await saveRecording(recording, path);
      expect(await loadRecording(path)).toStrictEqual(recording);
    }),
    { numRuns: 200 },
  );
});

test('columns that are views into a larger buffer are written as what they show', async () => {
  const path = join(folder, 'view.recording');
  const columns = { ...small().columns, dueAt: new Float64Array([9, 1, 2, 9]).subarray(1, 3) };
  await saveRecording(new Recording({ ...small(), columns }), path);
  expect([...(await loadRecording(path)).columns.dueAt]).toEqual([1, 2]);
});

test('the file is a line of JSON and then, for each chunk, 40 bytes an operation and its texts', async () => {
  const path = join(folder, 'layout.recording');
  const measured = { takes: 1, status: 200, bytesSent: 150, bytesReceived: 300 };
  await saveRecording(new Recording(small(measured)), path);
  const file = await readFile(path);
  const body = file.indexOf('\n') + 1;
  const header = JSON.parse(file.toString('utf8', 0, body));
  expect(header).toMatchObject({
    format: 'breaking-point recording',
    version: 3,
    bytes: 91,
    columns: { length: 2, categories: ['ok', 'timeout'], names: ['POST /webhook'] },
    chunks: [[2, 11, 0]],
  });
  expect(file.length).toBe(body + 91);
  expect(file.readDoubleLE(body + 16)).toBe(0.25);
  expect(file.readUInt16LE(body + 50)).toBe(1);
  expect(file[body + 57]).toBe(2);
  expect(file.readUInt16LE(body + 58)).toBe(200);
  expect(file.readUInt16LE(body + 60)).toBe(0);
  expect(file.readFloatLE(body + 62)).toBe(150);
  expect(file.readFloatLE(body + 66)).toBeNaN();
  expect(file.readFloatLE(body + 70)).toBe(300);
  expect(file.readFloatLE(body + 74)).toBeNaN();
  expect(file[body + 78]).toBe(1);
  expect(file.readUInt32LE(body + 80)).toBe(3);
  expect(file.readUInt32LE(body + 84)).toBe(2 ** 32 - 1);
  expect(file.toString('latin1', body + 88)).toBe('SM0');
});

test('a file of version 1 is still read', async () => {
  const path = join(folder, 'old.recording');
  const { columns, ...data } = small();
  const { length, categories, names } = columns;
  // undefined is null in the first line, and null a tag.
  const header = {
    format: 'breaking-point recording',
    version: 1,
    bytes: 58,
    offsets: { dueAt: 0, startedAt: 16, endedAt: 32, category: 48, name: 52, outcome: 56 },
    columns: { length, categories, names, key: ['SM0', null], value: [null, null] },
    data: {
      ...data,
      finalState: null,
      generator: { ...data.generator, connections: null },
      exits: [{ at: 7, code: { $: 'null' }, signal: 'SIGKILL', output: 'bye' }],
      series: [{ ...data.series[0], values: [1, { $: 'NaN' }] }],
    },
  };
  const { dueAt, startedAt, endedAt, category, name, outcome } = columns;
  const numbers = [dueAt, startedAt, endedAt, category, name, outcome].map(({ buffer }) => Buffer.from(buffer));
  const line = Buffer.from(`${JSON.stringify(header)}\n`);
  await writeFile(path, Buffer.concat([line, ...numbers]));
  expect(await loadRecording(path)).toStrictEqual(new Recording(small()));
  const short = { ...header, columns: { ...header.columns, length: 3 } };
  await writeFile(path, Buffer.concat([Buffer.from(`${JSON.stringify(short)}\n`), ...numbers]));
  await expect(loadRecording(path)).rejects.toThrow('its first line does not describe columns of version 1');
});

/** A file of version 2: the first line, and chunks as that version wrote them. */
function fileOfVersion2(
  data: RecordingData,
  sizes: readonly (readonly [length: number, key: number, value: number])[],
) {
  const { columns, ...rest } = data;
  const { length, categories, names } = columns;
  const numbers = ['dueAt', 'startedAt', 'endedAt', 'category', 'name', 'outcome'] as const;
  let from = 0;
  const chunks = sizes.map(([some]) => {
    const to = from + some;
    // Copies: a view begins within its buffer.
    const parts = numbers.map((name) => Buffer.from(columns[name].slice(from, to).buffer));
    const keys = Buffer.from(encodeTexts(columns.key.slice(from, to)));
    from = to;
    return Buffer.concat([...parts, keys]);
  });
  const body = Buffer.concat(chunks);
  const header = {
    ...{ format: 'breaking-point recording', version: 2, bytes: body.length },
    ...{ columns: { length, categories, names }, chunks: sizes, data: rest },
  };
  return Buffer.concat([Buffer.from(`${exactStringify(header)}\n`), body]);
}

test('a file of version 2 is still read and saved again, and nothing is known of the columns that it does not have', async () => {
  const path = join(folder, 'version-2.recording');
  const again = join(folder, 'version-2-again.recording');
  // A key of three letters with its length takes seven bytes; none takes nothing.
  const sizes = [
    [1, 7, 0],
    [1, 0, 0],
  ] as const;
  await writeFile(path, fileOfVersion2(small(), sizes));
  for (const inMemory of [2, 1]) {
    const recording = await loadRecording(path, inMemory);
    expect([...operationsOf(recording.columns)]).toEqual([...operationsOf(small().columns)]);
    expect([...recording.columns.status]).toEqual([0, 0]);
    expect([...recording.columns.bytesReceived]).toEqual([Number.NaN, Number.NaN]);
    await saveRecording(recording, again);
    expect(await loadRecording(again)).toStrictEqual(new Recording(small()));
  }
});

test('writing leaves only the file, also over an older one and into a new folder', async () => {
  const path = join(folder, 'new', 'run.recording');
  await saveRecording(new Recording(small()), path);
  await saveRecording(new Recording(small()), path);
  expect(await readdir(join(folder, 'new'))).toEqual(['run.recording']);
});

test('a write that cannot be finished leaves nothing', async () => {
  const target = join(folder, 'occupied');
  await saveRecording(new Recording(small()), join(target, 'inside'));
  await expect(saveRecording(new Recording(small()), target)).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
  expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test('columns of unequal length are refused, naming the column', async () => {
  const columns = { ...small().columns, key: ['SM0'] };
  const path = join(folder, 'unequal.recording');
  await expect(saveRecording(new Recording({ ...small(), columns }), path)).rejects.toThrow(
    'column key must have 2 rows like the recording; it has 1',
  );
});

test('a file that is no recording is named as such', async () => {
  const path = join(folder, 'other.json');
  await writeFile(path, '{"hello":"world"}\n');
  await expect(loadRecording(path)).rejects.toThrow(`${path} is not a recording`);
  await writeFile(path, '');
  await expect(loadRecording(path)).rejects.toThrow('is not a recording');
});

test('a truncated file is refused with the size that it should have, wherever it was cut', async () => {
  const whole = join(folder, 'whole.recording');
  const cut = join(folder, 'cut.recording');
  await saveRecording(new Recording(small()), whole);
  const bytes = await readFile(whole);
  await writeFile(cut, bytes.subarray(0, -1));
  await expect(loadRecording(cut)).rejects.toThrow(
    `is truncated: its size must be ${bytes.length} bytes, and is ${bytes.length - 1}`,
  );
  await writeFile(cut, bytes.subarray(0, 100));
  await expect(loadRecording(cut)).rejects.toThrow('is truncated: it ends within its first line, after 100 bytes');
  await writeFile(cut, Buffer.concat([bytes, Buffer.from('x')]));
  await expect(loadRecording(cut)).rejects.toThrow('has more bytes than it should');
});

test('a newer version and a damaged first line are refused', async () => {
  const path = join(folder, 'changed.recording');
  await saveRecording(new Recording(small()), path);
  const bytes = await readFile(path, 'latin1');
  await writeFile(path, bytes.replace('"version":3', '"version":4'), 'latin1');
  await expect(loadRecording(path)).rejects.toThrow('is a recording of version 4; this breaking-point reads up to 3');
  await writeFile(path, bytes.replace('"version":3', '"version"3'), 'latin1');
  await expect(loadRecording(path)).rejects.toThrow('is damaged: its first line is not JSON');
  await writeFile(path, bytes.replace('"length":2', '"length":3'), 'latin1');
  await expect(loadRecording(path)).rejects.toThrow(
    'is damaged: its first line does not describe columns of version 3',
  );
});

test('a big-endian machine is refused, since it would read other numbers', () => {
  expect(() => refuseBigEndian('BE')).toThrow('this machine is big-endian');
  expect(() => refuseBigEndian('LE')).not.toThrow();
});

test('what lies behind the operations is read back identically too', async () => {
  await fc.assert(
    fc.asyncProperty(anyData, fc.nat({ max: 3 }), async (data, inLine) => {
      const path = join(folder, 'attached');
      await saveRecording(new Recording(data), path, inLine);
      expect(await loadRecording(path)).toEqual(new Recording(data));
    }),
    { numRuns: 60 },
  );
});

test('rows of more than a chunk lie behind the operations, and so do series of many hours', async () => {
  const path = join(folder, 'long');
  const length = 66_000;
  const after = Array.from({ length }, (_, n) => ({ key: `K${n}`, value: [null, undefined, `\u2603${n}`][n % 3] }));
  const times = Array.from({ length }, (_, n) => n * 250);
  const series = [
    {
      subject: 'probe',
      name: 'backlog',
      unit: 'count' as const,
      at: times,
      values: times.map((n) => (n % 3 ? n : Number.NaN)),
    },
  ];
  const recording = recordingOf({ operations: [{ key: 'K0' }], finalState: { before: ['K1'], after }, series });
  await saveRecording(recording, path);
  const bytes = await readFile(path);
  expect(bytes.indexOf('\n')).toBeLessThan(10_000);
  const { finalState, series: read } = await loadRecording(path);
  const isSame = (row: StateRow, n: number) => row.key === after[n]?.key && row.value === after[n]?.value;
  expect([finalState?.before, finalState?.after.length, finalState?.after.every(isSame)]).toEqual([
    recording.finalState?.before,
    length,
    true,
  ]);
  expect(read[0]?.values.every((value, n) => Object.is(value, series[0]?.values[n]))).toBe(true);
  await writeFile(path, bytes.subarray(0, -1));
  await expect(loadRecording(path)).rejects.toThrow('is truncated');
});
