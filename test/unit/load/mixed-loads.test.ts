import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arrivals } from '../../../src/load/arrivals.ts';
import { autocannon } from '../../../src/load/autocannon.ts';
import type { Load, LoadResult, LoadTarget, Request, RequestContext } from '../../../src/load/load.ts';
import { mixed } from '../../../src/load/mixed.ts';
import { race } from '../../../src/load/race.ts';
import { mergeColumns } from '../../../src/load/rows/merge-columns.ts';
import { now } from '../../../src/recording/clock.ts';
import { type Operation, operationsOf } from '../../../src/recording/columns.ts';
import { ColumnsBuilder } from '../../../src/recording/columns-builder.ts';

function operation(dueAt: number, changes: Partial<Operation> = {}): Operation {
  const ended = { startedAt: dueAt, endedAt: dueAt + 1, outcome: 'ok', category: 'ok' } as const;
  return { dueAt, ...ended, key: undefined, value: undefined, name: 'GET /', ...changes };
}

function columnsOf(operations: readonly Operation[]) {
  const builder = new ColumnsBuilder();
  for (const one of operations) builder.push(one);
  return builder.columns();
}

test('operations are laid in the order in which they were due, shifted and renamed', () => {
  const merged = mergeColumns([
    {
      columns: columnsOf([operation(0, { key: 'a' }), operation(20, { category: '503', outcome: 'unknown' })]),
      shift: 10,
    },
    {
      columns: columnsOf([
        operation(5, { category: 'reset', outcome: 'unknown' }),
        operation(30, { name: 'x', value: 'v' }),
      ]),
      rename: (name) => `r ${name}`,
    },
  ]);
  expect([...operationsOf(merged)]).toEqual([
    operation(5, { name: 'r GET /', category: 'reset', outcome: 'unknown' }),
    operation(10, { key: 'a' }),
    operation(30, { category: '503', outcome: 'unknown' }),
    operation(30, { name: 'r x', value: 'v' }),
  ]);
});

test('a load that reads pages beside what it writes has one name for both; one that looks at its keys has two', () => {
  const rename = () => 'shop';
  const writes = operation(10, { name: 'POST /orders', key: 'a' });
  const names = (look: Partial<Operation>) =>
    [...operationsOf(mergeColumns([{ columns: columnsOf([operation(0, look), writes]), rename }]))].map(
      ({ name, kind }) => [name, kind],
    );
  expect(names({})).toEqual([
    ['shop', undefined],
    ['shop', undefined],
  ]);
  expect(names({ key: 'a' })).toEqual([
    ['shop', 'look'],
    ['shop write', undefined],
  ]);
});

test('nothing is lost, and what was due at the same instant stays in the order of the parts', () => {
  const parts = fc.array(fc.array(fc.nat(20), { maxLength: 30 }), { maxLength: 4 });
  fc.assert(
    fc.property(parts, (dues) => {
      const operations = dues.map((part, index) => part.map((due, row) => operation(due, { key: `${index} ${row}` })));
      const merged = [...operationsOf(mergeColumns(operations.map((part) => ({ columns: columnsOf(part) }))))];
      const expected = operations.flat().toSorted((a, b) => a.dueAt - b.dueAt);
      expect(merged).toEqual(expected);
    }),
  );
});

test('more names than a recording can hold are an error that says what to do', () => {
  const builder = new ColumnsBuilder();
  for (let n = 0; n < 40_000; n++) builder.push(operation(n, { name: `GET /${n}` }));
  const columns = builder.columns();
  const twice = [{ columns }, { columns, rename: (name: string) => `${name}/again` }];
  expect(() => mergeColumns(twice)).toThrow(/at most 65536 names .* a name of their kind/);
});

/** A load that is ready at once, and whose only operation is due at its zero. */
class Scripted implements Load {
  readonly name: string;
  readonly duration: number | undefined;
  readonly joins?: true;
  readonly needs: number;
  target: LoadTarget | undefined;
  operations: readonly Operation[] | undefined;
  earliest = Number.NaN;
  zero = Number.NaN;

  constructor(name: string, duration: number | undefined, needs?: number) {
    this.name = name;
    this.duration = duration;
    this.needs = needs ?? 0;
    if (needs !== undefined) this.joins = true;
  }

  async run(target: LoadTarget): Promise<LoadResult> {
    this.target = target;
    this.earliest = now() + this.needs;
    this.zero = (await target.zeroFor?.(this.earliest)) ?? this.earliest;
    target.onZero(this.zero);
    target.onProgress({ operations: 2, errors: 1 });
    const facts = { load: this.name, loop: this.joins ? 'open' : 'race', connections: undefined } as const;
    const stalls = [[1, 2]] as const;
    const generator = { ...facts, offeredRate: this.joins ? 10 : undefined, stalls };
    return {
      columns: columnsOf(this.operations ?? [operation(0, { name: this.name })]),
      generator,
      duration: this.duration ?? 7,
    };
  }
}

async function run(load: Load) {
  const zeros: number[] = [];
  const reports: unknown[] = [];
  const target = {
    url: 'http://127.0.0.1:1',
    seed: 9,
    onZero: (zero: number) => zeros.push(zero),
    onProgress: (progress: unknown) => reports.push(progress),
  };
  const result = await load.run(target, new AbortController().signal);
  return { result, zeros, reports };
}

test('loads that ask for it have one zero, the latest that any needs, and are counted together', async () => {
  const [quick, slow] = [new Scripted('quick', 100, 5), new Scripted('POST /slow', 100, 30)];
  const load = mixed({ loads: { quick, slow } });
  expect(load).toMatchObject({ name: 'mixed: quick (quick), slow (POST /slow)', duration: 100 });
  const { result, zeros, reports } = await run(load);
  expect(zeros).toEqual([slow.earliest]);
  expect(slow.zero).toBe(slow.earliest);
  expect(quick.zero).toBe(slow.zero);
  // Their random numbers differ, and the first has those that it would have alone.
  expect([quick.target?.seed, slow.target?.seed === 9]).toEqual([9, false]);
  expect(reports.at(-1)).toEqual({ operations: 4, errors: 2 });
  expect(result).toMatchObject({
    duration: 100,
    generator: {
      loop: 'open',
      offeredRate: 20,
      stalls: [
        [1, 2],
        [1, 2],
      ],
    },
  });
  // A name of its own is kept; method and path alone are no name.
  expect([...operationsOf(result.columns)]).toEqual([operation(0, { name: 'quick' }), operation(0, { name: 'slow' })]);
});

test('any other load begins at the zero of those that ask, and its instants are moved there', async () => {
  const [asking, other] = [new Scripted('asking', 100, 20), new Scripted('other', undefined)];
  const load = mixed({ loads: { other, asking } });
  expect(load.duration).toBeUndefined();
  const { result } = await run(load);
  const shift = other.zero - asking.zero;
  expect(shift).toBeGreaterThanOrEqual(0);
  expect([...operationsOf(result.columns)].find(({ name }) => name === 'other')?.dueAt).toBeCloseTo(shift, 6);
  expect(result.duration).toBeCloseTo(Math.max(100, 7 + shift), 6);
  expect(result.generator).toMatchObject({ loop: 'open', offeredRate: undefined });
});

test('the operations of a closed loop beside others are known by their names, and for how long it sent', async () => {
  const closed: Load = {
    name: 'GET /page',
    duration: undefined,
    async run(target) {
      const zero = now();
      target.onZero(zero);
      const generator = {
        load: 'autocannon',
        loop: 'closed',
        connections: 2,
        offeredRate: undefined,
        stalls: [],
      } as const;
      return {
        columns: columnsOf([operation(0, { name: 'GET /page' }), operation(1, { name: 'look' })]),
        generator,
        duration: 50,
      };
    },
  };
  const { result } = await run(mixed({ loads: { browse: closed, asking: new Scripted('asking', 100, 20) } }));
  const { loop, closedPart } = result.generator;
  expect(loop).toBe('closed');
  expect(closedPart?.names.toSorted()).toEqual(['browse', 'look']);
  expect(closedPart?.until).toBeGreaterThanOrEqual(50);
  expect(closedPart?.until).toBeLessThan(100);
});

test('races alone have a zero, too', async () => {
  const { result, zeros } = await run(
    mixed({ loads: { one: new Scripted('one', undefined), two: new Scripted('two', undefined) } }),
  );
  expect(zeros).toHaveLength(1);
  expect(result.columns.length).toBe(2);
  expect(result.generator.loop).toBe('race');
});

test('weights give each load its share, and a load of weight 0 is left out', () => {
  const shares: Record<string, number> = {};
  const make = (name: string) => (share: number) => {
    shares[name] = share;
    return new Scripted(name, 100, 0);
  };
  const load = mixed({ weights: { a: 40, b: 60, c: 0 }, loads: { a: make('a'), b: make('b'), c: make('c') } });
  expect(shares).toEqual({ a: 0.4, b: 0.6 });
  expect(load.name).toBe('mixed: a (a), b (b)');
});

test('the error of one load ends the others', async () => {
  const broken: Load = { name: 'broken', duration: 5, run: () => Promise.reject(new Error('it broke')) };
  const endless: Load = {
    name: 'endless',
    duration: 5,
    run: (_, signal) => new Promise((__, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  };
  await expect(run(mixed({ loads: { endless, broken } }))).rejects.toThrow('it broke');
});

const some = new Scripted('some', 100, 0);
test.each<[string, object, RegExp]>([
  ['no loads', { loads: {} }, /loads must name one load or more/],
  ['what is no load', { loads: { a: 5 } }, /loads\.a must be a load such as arrivals.* got number/],
  ['a function without weights', { loads: { a: () => some } }, /loads\.a must be a load.* needs weights/],
  ['a load with weights', { weights: { a: 1 }, loads: { a: some } }, /loads\.a must be a function such as \(share\)/],
  ['a function that returns none', { weights: { a: 1 }, loads: { a: () => 5 } }, /loads\.a must be a load/],
  ['a load without a weight', { weights: { a: 1 }, loads: { a: () => some, b: () => some } }, /loads\.b has no weight/],
  ['weights that are all 0', { weights: { a: 0 }, loads: { a: () => some } }, /one load or more with a weight above 0/],
  ['loads and requests', { loads: { a: some }, requests: {} }, /requests and loads exclude each other/],
])('mixed: %s is an error', (_, options, message) => {
  expect(() => mixed(options as { loads: Record<string, Load> })).toThrow(message);
});

describe('two loads that write the same keys', () => {
  const of = (request: (context: RequestContext) => Request) =>
    arrivals({ rate: 10, duration: '10s', warmUp: 0, request });
  const posts = (key: (n: number) => string, value?: string) =>
    of(({ n }) => ({ method: 'POST', path: '/', key: key(n), ...(value !== undefined && { value }) }));

  test.each<[string, Load, Load]>([
    ['by their numbers', posts((n) => `K${n}`), posts((n) => `K${n}`)],
    ['in part', posts((n) => `K${n}`), posts((n) => `K${n + 90}`)],
    ['with values', posts((n) => `K${n % 10}`, 'a'), posts((n) => `K${n % 10}`, 'b')],
    ['of a race', posts(() => 'R0'), race({ races: 1, contenders: 2, attempt: () => ({ path: '/', key: 'R0' }) })],
    [
      'of a closed loop',
      posts((n) => `K${n}`),
      autocannon({ connections: 1, duration: '1s', request: ({ n }) => ({ method: 'PUT', path: '/', key: `K${n}` }) }),
    ],
    ['of a mixed', posts((n) => `K${n}`), mixed({ loads: { inner: posts((n) => `K${n}`) } })],
  ])('%s are an error before anything runs, and none where they say so', (_, orders, trips) => {
    const loads = { orders, trips };
    expect(() => mixed({ loads })).toThrow(
      /^mixed: loads\.orders and loads\.trips both write the key '(K|R)\d+', .* give them keys that differ, such as 'trips-(K|R)\d+', or sharedKeys: true/,
    );
    expect(mixed({ loads, sharedKeys: true }).name).toContain('trips');
  });

  test.each<[string, Load]>([
    ['keys of its own', posts((n) => `T${n}`)],
    ['requests that read them', of(({ n }) => ({ path: '/', key: `K${n}`, reads: '' }))],
    ['requests that look at them', of(({ n }) => ({ path: '/', key: `K${n}` }))],
    ['requests that remove them', of(({ n }) => ({ method: 'DELETE', path: '/', key: `K${n}` }))],
    ['no keys', of(() => ({ method: 'POST', path: '/' }))],
    ['calls', arrivals({ rate: 1, duration: '1s', call: () => {} })],
    [
      'a request that is wrong, which the load tells of when it runs',
      of(() => Object.assign({ path: 'no slash' }, {})),
    ],
  ])('a load beside them with %s is none', (_, other) => {
    expect(mixed({ loads: { orders: posts((n) => `K${n}`), other } }).name).toContain('other');
  });
});

test('a key that two loads wrote is in the recording, where nobody knew it before', async () => {
  const [first, second] = [new Scripted('first', 100, 0), new Scripted('second', 100, 0)];
  const sharedKey = async (one: Partial<Operation>, other: Partial<Operation>, sharedKeys = false) => {
    first.operations = [operation(0, { name: 'a', ...one })];
    second.operations = [operation(0, { name: 'b', ...other })];
    return (await run(mixed({ loads: { first, second }, sharedKeys }))).result.generator.sharedKey;
  };
  expect(await sharedKey({ key: 'a' }, { key: 'a' })).toEqual({ key: 'a', loads: ['first', 'second'] });
  expect(await sharedKey({ key: 'a' }, { key: 'a' }, true)).toBeUndefined();
  expect(await sharedKey({ key: 'a' }, { key: 'b' })).toBeUndefined();
  for (const other of [{ kind: 'read' as const }, { kind: 'remove' as const }, { name: 'GET /a' }]) {
    expect(await sharedKey({ key: 'a' }, { key: 'a', ...other })).toBeUndefined();
  }
});
