import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linearize } from '../../../src/analysis/linearizability/linearize.ts';
import { type RegisterCall, register, type Timed } from '../../../src/analysis/linearizability/register.ts';
import { findUnorderable } from '../../../src/analysis/linearizability/unorderable.ts';

const never = Number.POSITIVE_INFINITY;
const plenty = 100_000;

const write = (value: string | undefined, from: number, to: number): Timed => ({
  call: { kind: 'write', value },
  from,
  to,
});
const read = (value: string | undefined, from: number, to: number): Timed => ({
  call: { kind: 'read', value },
  from,
  to,
});
const cas = (from: string | undefined, to: string, begin: number, end: number, swapped?: boolean): Timed => ({
  call: { kind: 'cas', from, to, ...(swapped !== undefined && { swapped }) },
  from: begin,
  to: end,
});

const orderOf = (...history: Timed[]) => linearize(history, undefined, plenty).order;

describe('a history has an order', () => {
  test.each<[string, Timed[]]>([
    ['without any operation', []],
    ['when a read sees what was written before it', [write('1', 0, 1), read('1', 2, 3)]],
    ['when a read of nothing comes before any write', [read(undefined, 0, 1), write('1', 2, 3)]],
    [
      'when reads beside a write see it or not',
      [write('1', 0, 10), read(undefined, 1, 2), read('1', 3, 4), read('1', 11, 12)],
    ],
    ['when two writes at once are seen in either order', [write('1', 0, 10), write('2', 0, 10), read('1', 11, 12)]],
    ['when the intervals of two operations share one instant', [write('1', 0, 5), read(undefined, 5, 6)]],
    [
      'when a write whose answer never came takes effect late',
      [write('1', 0, never), write('2', 1, 2), read('2', 3, 4), read('1', 5, 6)],
    ],
    ['when such a write never takes effect', [write('1', 0, never), read(undefined, 1, 2), read(undefined, 3, 4)]],
    ['when a read whose answer never came is there', [write('1', 0, 1), read('9', 2, never)]],
    ['when compare-and-set follow each other', [cas(undefined, '1', 0, 5), cas('2', '3', 0, 5), cas('1', '2', 0, 5)]],
    ['when a compare-and-set is told of another value', [write('1', 0, 1), cas('2', '3', 2, 3, false)]],
    [
      'when what was told not to be there had been replaced by what nobody saw',
      [write('1', 0, 1), cas('1', '2', 3, 3, false), write('1', 2, 2), write('unseen', 2, 2)],
    ],
    [
      'when a compare-and-set without an answer came before a write that nobody saw',
      [write('a', 0, 0), write('unseen', 2, 3), read('b', 2, 3), cas('a', 'b', 2, never)],
    ],
    ['when a removal takes the value away', [write('1', 0, 1), write(undefined, 2, 3), read(undefined, 4, 5)]],
  ])('%s', (_, history) => {
    expect(orderOf(...history)).toBe('found');
  });
});

describe('a history has no order', () => {
  test.each<[string, Timed[]]>([
    ['when a read is stale', [write('1', 0, 1), write('2', 2, 3), read('1', 4, 5)]],
    ['when a read misses an acknowledged write', [write('1', 0, 1), read(undefined, 2, 3)]],
    ['when a read sees what nobody wrote', [write('1', 0, 1), read('7', 2, 3)]],
    ['when a read sees what is written only later', [read('1', 0, 1), write('1', 2, 3)]],
    [
      'when two reads one after the other see a write and then not',
      [write('1', 0, 10), read('1', 1, 2), read(undefined, 3, 4)],
    ],
    [
      'when both of two compare-and-set from one value succeed: a lost update',
      [write('0', 0, 1), cas('0', 'a', 2, 6), cas('0', 'b', 3, 5)],
    ],
    [
      'when a write whose answer never came takes effect and is undone',
      [write('1', 0, 1), write('2', 2, never), read('2', 3, 4), read('1', 5, 6)],
    ],
    ['when a write whose answer never came is seen before it was sent', [read('1', 0, 1), write('1', 2, never)]],
    ['when a compare-and-set is told of another value than was there', [write('1', 0, 1), cas('1', '2', 2, 3, false)]],
    [
      'when two readers see two writes in different orders',
      [write('1', 0, 20), write('2', 0, 20), read('1', 1, 2), read('2', 3, 4), read('1', 5, 6)],
    ],
  ])('%s', (_, history) => {
    expect(orderOf(...history)).toBe('none');
  });
});

test('writes without an answer that nobody saw cost nothing', () => {
  const lost = Array.from({ length: 200 }, (_, n) => write(`lost ${n}`, n, never));
  const { order, states } = linearize([...lost, write('1', 300, 301), read('2', 302, 303)], undefined, plenty);
  expect(order).toBe('none');
  expect(states).toBeLessThan(5);
});

test('a long history of one key takes one configuration for each operation', () => {
  const history = Array.from({ length: 5_000 }, (_, n) =>
    n % 2 === 0 ? write(`${n}`, n * 10, n * 10 + 12) : read(`${n - 1}`, n * 10 + 3, n * 10 + 5),
  );
  const { order, states } = linearize(history, undefined, plenty);
  expect(order).toBe('found');
  expect(states).toBeLessThanOrEqual(history.length * 2);
});

test('a search that is cut short does not tell', () => {
  const values = Array.from({ length: 12 }, (_, n) => `${n}`);
  // Each is written twice, so that none of them settles anything.
  const writes = [...values, ...values].map((value) => write(value, 0, 100));
  const history = [...writes, ...values.map((value) => read(value, 0, 100)), read('nobody', 101, 102)];
  expect(linearize(history, undefined, 1_000)).toEqual({ order: 'unknown', states: 1_000 });
});

test('where every value is written once, hundreds of operations at once take a configuration for each, order or not', () => {
  const values = Array.from({ length: 100 }, (_, n) => `${n}`);
  const atOnce = [
    ...values.map((value, n) => write(value, n, n % 7 === 0 ? never : 1_000)),
    ...values.map((value, n) => read(value, n, 1_000)),
  ];
  expect(linearize(atOnce, undefined, plenty)).toMatchObject({ order: 'found', states: 199 });
  const stale = [...atOnce, write('new', 1_001, 1_002), read('5', 1_003, 1_004)];
  const { order, states } = linearize(stale, undefined, plenty);
  expect({ order, few: states < 1_000 }).toEqual({ order: 'none', few: true });
});

test('compare-and-set of a few values at once is searched in time', () => {
  const ring = ['0', '1', '2', '0'];
  const swaps = Array.from({ length: 60 }, (_, n) => cas(ring[n % 3], ring[(n % 3) + 1] as string, n / 10, 100));
  const wrong = Array.from({ length: 20 }, (_, n) => cas('1', '0', n, 100, false));
  const history = [write('0', -2, -1), ...swaps, ...wrong];
  expect(orderOf(...history)).toBe('found');
  expect(orderOf(...history, read('1', 101, 102))).toBe('none');
});

describe('the witness', () => {
  test('is the shortest beginning without what does not matter', () => {
    const history = [
      write('a', 0, 1),
      read('a', 2, 3),
      write('b', 4, 5),
      write('c', 4, 5.5),
      read('c', 6, 7),
      write('d', 8, 9),
      // Stale.
      read('c', 10, 11),
      read('a', 12, 13),
      write('e', 14, 15),
    ];
    expect(findUnorderable(history, undefined)).toEqual([write('c', 4, 5.5), write('d', 8, 9), read('c', 10, 11)]);
  });

  test('keeps what a read saw: without it, it would look like something else', () => {
    const history = [write('1', 0, 1), write('2', 2, 3), read('2', 4, 5), read('1', 6, 7)];
    expect(findUnorderable(history, undefined)).toEqual([write('1', 0, 1), write('2', 2, 3), read('1', 6, 7)]);
  });

  test('of a history with a thousand operations has three', () => {
    const history = Array.from({ length: 500 }, (_, n) => [
      write(`${n}`, n * 10, n * 10 + 2),
      read(n === 400 ? '399' : `${n}`, n * 10 + 4, n * 10 + 6),
    ]).flat();
    expect(findUnorderable(history, undefined)).toEqual([
      write('399', 3_990, 3_992),
      write('400', 4_000, 4_002),
      read('399', 4_004, 4_006),
    ]);
  });
});

const impossible = Symbol('impossible');

/** What a register holds after a call that was answered as it was. */
function apply(held: string | undefined, call: RegisterCall): string | undefined | typeof impossible {
  switch (call.kind) {
    case 'read':
      return call.value === held ? held : impossible;
    case 'write':
      return call.value;
    case 'cas':
      if (call.swapped === false) return held === call.from ? impossible : held;
      return held === call.from ? call.to : impossible;
  }
}

/** Whether any order of any choice of what is open explains the history: by trying all of them. */
function bruteForce(history: readonly Timed[], held: string | undefined): boolean {
  const left = history.filter(({ to }) => to < never).length;
  const isAfter = (one: Timed, other: Timed): boolean => other.to < one.from;
  const goOn = (rest: readonly Timed[], certain: number, now: string | undefined): boolean => {
    if (certain === 0) return true;
    return rest.some((one) => {
      if (rest.some((other) => isAfter(one, other))) return false;
      const then = apply(now, one.call);
      if (then === impossible) return false;
      return goOn(
        rest.filter((other) => other !== one),
        certain - (one.to < never ? 1 : 0),
        then,
      );
    });
  };
  return goOn(history, left, held);
}

const value = fc.constantFrom('a', 'b', undefined);
const call: fc.Arbitrary<RegisterCall> = fc.oneof(
  fc.record({ kind: fc.constant('read' as const), value }),
  fc.record({ kind: fc.constant('write' as const), value }),
  fc.record({ kind: fc.constant('cas' as const), from: value, to: value }),
  fc.record({ kind: fc.constant('cas' as const), from: value, to: value, swapped: fc.constant(false) }),
);
const timed: fc.Arbitrary<Timed> = fc
  .record({ call, from: fc.nat(8), length: fc.nat(6), open: fc.integer({ min: 0, max: 4 }) })
  .map(({ call: made, from, length, open }) => ({ call: made, from, to: open === 0 ? never : from + length }));
const histories = fc.array(timed, { maxLength: 6 });

test('property: on tiny histories the search finds what trying all orders finds', () => {
  fc.assert(
    fc.property(histories, value, (history, held) => {
      expect(linearize(history, held, plenty).order).toBe(bruteForce(history, held) ? 'found' : 'none');
    }),
    { numRuns: 4_000 },
  );
});

/** Each value is written once at most; reads see any of them, or what was there in the beginning. */
const onceWritten = fc
  .array(
    fc.record({
      saw: fc.option(fc.nat(6), { freq: 2 }),
      from: fc.nat(8),
      length: fc.nat(6),
      open: fc.integer({ min: 0, max: 4 }),
    }),
    { maxLength: 7 },
  )
  .map((drafts) =>
    drafts.map(({ saw, from, length, open }, n): Timed => {
      const to = open === 0 ? never : from + length;
      if (saw === null) return write(`${n}`, from, to);
      return read(saw < drafts.length ? `${saw}` : undefined, from, to);
    }),
  );

test('property: the same where every value is written once', () => {
  fc.assert(
    fc.property(onceWritten, (history) => {
      expect(linearize(history, undefined, plenty).order).toBe(bruteForce(history, undefined) ? 'found' : 'none');
    }),
    { numRuns: 2_000 },
  );
});

test('property: a witness fits no order, is part of the history, and without any one read of it there is an order', () => {
  fc.assert(
    fc.property(fc.array(timed, { maxLength: 8 }), value, (history, held) => {
      if (linearize(history, held, plenty).order !== 'none') return;
      const witness = findUnorderable(history, held);
      expect(bruteForce(witness, held)).toBe(false);
      expect(witness.every(({ call: seen }) => history.some((one) => one.call === seen))).toBe(true);
      for (const one of witness.filter((each) => each.call.kind === 'read')) {
        expect(
          bruteForce(
            witness.filter((other) => other !== one),
            held,
          ),
        ).toBe(true);
      }
    }),
    { numRuns: 1_000 },
  );
});

/** A register that works: each operation takes effect at an instant of its own, and is answered with what is there then. */
const working = fc
  .array(fc.record({ call, at: fc.double({ min: 0, max: 100, noNaN: true }), early: fc.nat(20), late: fc.nat(20) }), {
    maxLength: 40,
  })
  .map((drafts) => {
    let held: string | undefined;
    return drafts
      .toSorted((one, other) => one.at - other.at)
      .map(({ call: asked, at, early, late }): Timed => {
        let answered: RegisterCall = asked;
        if (asked.kind === 'read') answered = { kind: 'read', value: held };
        if (asked.kind === 'cas')
          answered = { kind: 'cas', from: asked.from, to: asked.to, swapped: asked.from === held };
        held = apply(held, answered) as string | undefined;
        return { call: answered, from: at - early, to: late > 17 && asked.kind === 'write' ? never : at + late };
      });
  });

test('property: whatever a working register answered, however its answers were delayed or lost, has an order', () => {
  fc.assert(
    fc.property(working, (history) => {
      expect(linearize(history, undefined, plenty).order).toBe('found');
    }),
    { numRuns: 500 },
  );
});

test('options of another type are refused', () => {
  expect(() => register({ call: 'read' as unknown as () => undefined })).toThrow(
    'register({ call }) must be a function',
  );
  expect(() => register({ initial: 5 as unknown as string })).toThrow('register({ initial }) must be a text');
  expect(() => register({ finalState: 'no' as unknown as boolean })).toThrow(
    'register({ finalState }) must be true or',
  );
});
