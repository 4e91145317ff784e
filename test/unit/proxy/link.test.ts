import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Link } from '../../../src/proxy/link/link.ts';
import { toxicTypes } from '../../../src/proxy/toxics/index.ts';
import type { Toxic, ToxicType } from '../../../src/proxy/toxics/toxic.ts';
import { FakeDestination, FakeSource } from './sockets.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const always = () => 0;

function toxic(type: string, attributes: Record<string, number> = {}, toxicity = 1): Toxic {
  const zeros = Object.fromEntries(typeOf(type).attributes.map((key) => [key, 0]));
  const all = { ...zeros, ...attributes };
  return {
    name: type,
    type: typeOf(type),
    direction: 'upstream',
    stream: 'upstream',
    attributes: all,
    digits: {},
    toxicity,
  };
}

function typeOf(name: string): ToxicType {
  const type = toxicTypes.get(name);
  if (!type) throw new Error(`the test asks for an unknown toxic: ${name}`);
  return type;
}

function link(toxics: Toxic[] = [], random: () => number = always) {
  const source = new FakeSource();
  const destination = new FakeDestination();
  return { source, destination, link: new Link(source, destination, toxics, () => random) };
}

describe('a link without toxics', () => {
  test('passes data on as it comes and closes the destination at the end', () => {
    const { source, destination } = link();
    source.send('a', 'b');
    expect(destination.received).toEqual(['a', 'b']);
    expect(destination.ends).toBe(0);
    source.finish();
    expect(destination.ends).toBe(1);
  });

  test('pauses the source while the destination is full', () => {
    const { source, destination } = link();
    destination.stuck = true;
    source.send('a', 'b', 'c');
    expect(destination.text).toBe('a');
    destination.drain();
    expect(destination.text).toBe('ab');
    destination.stuck = false;
    destination.drain();
    expect(destination.text).toBe('abc');
  });

  test('drains the source into nothing when the destination breaks, so that its end is seen', () => {
    const { source, destination } = link();
    destination.stuck = true;
    source.send('a', 'b');
    destination.break();
    expect(source.paused).toBe(false);
    expect(destination.text).toBe('a');
  });

  test('drops what its toxics hold when the destination breaks', () => {
    const { source, destination } = link([toxic('latency', { latency: 100 })]);
    source.send('a');
    destination.break();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('takes a source that closes without an end as ended', () => {
    const { source, destination } = link();
    source.emit('close');
    expect(destination.ends).toBe(1);
  });
});

describe('loss', () => {
  // The first number is for the toxicity.
  const lossy = (...numbers: number[]) =>
    link([toxic('loss', { permille: 100, timeout: 200 })], sequence(0, ...numbers));

  test('sends again what was lost, lost again after twice as long, and keeps the order', () => {
    const { source, destination } = lossy(0.1, 0.0999, 0, 0.1, 0.1);
    source.send('a', 'b', 'c');
    expect(destination.text).toBe('a');
    vi.advanceTimersByTime(599);
    expect(destination.text).toBe('a');
    vi.advanceTimersByTime(1);
    expect(destination.text).toBe('abc');
  });

  test('counts from when each was sent, so that the time of two that are lost together does not add up', () => {
    const { source, destination } = lossy(0, 0.5, 0, 0.5);
    source.send('a', 'b');
    vi.advanceTimersByTime(200);
    expect(destination.text).toBe('ab');
  });

  test('lets go at once of what it holds when it is taken away', () => {
    const lossy = toxic('loss', { permille: 1_000, timeout: 200 });
    const { source, destination, link: it } = link([lossy]);
    source.send('a', 'b');
    expect(destination.text).toBe('');
    it.remove(lossy);
    expect(destination.text).toBe('ab');
  });

  test('ends, however unlucky', () => {
    const { source, destination } = link([toxic('loss', { permille: 1_000, timeout: 200 })]);
    source.send('a');
    vi.advanceTimersByTime(200 * 2 ** 10);
    expect(destination.text).toBe('a');
  });
});

describe('latency', () => {
  test('delays each chunk relative to when it was received', () => {
    const { source, destination } = link([toxic('latency', { latency: 100 })]);
    source.send('a');
    vi.advanceTimersByTime(10);
    source.send('b');
    vi.advanceTimersByTime(89);
    expect(destination.text).toBe('');
    vi.advanceTimersByTime(1);
    expect(destination.text).toBe('a');
    vi.advanceTimersByTime(9);
    expect(destination.text).toBe('a');
    vi.advanceTimersByTime(1);
    expect(destination.text).toBe('ab');
  });

  test('adds up with a second latency', () => {
    const { source, destination } = link([toxic('latency', { latency: 30 }), toxic('latency', { latency: 50 })]);
    source.send('a');
    vi.advanceTimersByTime(79);
    expect(destination.text).toBe('');
    vi.advanceTimersByTime(1);
    expect(destination.text).toBe('a');
  });

  test('does not delay the end of the data by itself, and keeps it behind the data', () => {
    const alone = link([toxic('latency', { latency: 100 })]);
    alone.source.finish();
    expect(alone.destination.ends).toBe(1);

    const { source, destination } = link([toxic('latency', { latency: 100 })]);
    source.send('a');
    source.finish();
    expect(destination.ends).toBe(0);
    vi.advanceTimersByTime(100);
    expect(destination.text).toBe('a');
    expect(destination.ends).toBe(1);
  });

  test('spreads by the jitter, to both sides', () => {
    // The first number is the roll of the toxicity, the second the jitter: (2 * 0.75 - 1) * 40 = 20.
    const late = link([toxic('latency', { latency: 100, jitter: 40 })], sequence(0, 0.75));
    late.source.send('a');
    vi.advanceTimersByTime(119);
    expect(late.destination.text).toBe('');
    vi.advanceTimersByTime(1);
    expect(late.destination.text).toBe('a');

    const early = link([toxic('latency', { latency: 100, jitter: 40 })], sequence(0, 0));
    early.source.send('a');
    vi.advanceTimersByTime(60);
    expect(early.destination.text).toBe('a');
  });

  test('acts as no delay when it is negative', () => {
    const { source, destination } = link([toxic('latency', { latency: -5, jitter: -5 })]);
    source.send('a');
    expect(destination.text).toBe('a');
  });

  test('frees all that is queued when it is removed', () => {
    const slow = toxic('latency', { latency: 1_000 });
    const { source, destination, link: one } = link([slow]);
    source.send('a', 'b', 'c');
    one.remove(slow);
    expect(destination.text).toBe('abc');
    source.send('d');
    expect(destination.text).toBe('abcd');
  });

  test('frees the chunk in hand and times the queue anew when it is updated', () => {
    const slow = toxic('latency', { latency: 1_000 });
    const { source, destination, link: one } = link([slow]);
    source.send('a', 'b');
    vi.advanceTimersByTime(100);
    slow.attributes.latency = 150;
    one.update(slow);
    expect(destination.text).toBe('a');
    vi.advanceTimersByTime(49);
    expect(destination.text).toBe('a');
    vi.advanceTimersByTime(1);
    expect(destination.text).toBe('ab');
  });

  test('frees only the chunk in hand when a toxic is added behind it', () => {
    const { source, destination, link: one } = link([toxic('latency', { latency: 100 })]);
    source.send('a', 'b');
    one.add(toxic('noop'));
    expect(destination.text).toBe('a');
    vi.advanceTimersByTime(100);
    expect(destination.text).toBe('ab');
  });

  test('frees only the chunk in hand when the toxic behind it is removed', () => {
    const behind = toxic('noop');
    const { source, destination, link: one } = link([toxic('latency', { latency: 100 }), behind]);
    source.send('a', 'b');
    one.remove(behind);
    expect(destination.text).toBe('a');
    vi.advanceTimersByTime(100);
    expect(destination.text).toBe('ab');
  });

  test('starts on a live connection with the data that comes after it was added', () => {
    const { source, destination, link: one } = link();
    source.send('a');
    one.add(toxic('latency', { latency: 50 }));
    source.send('b');
    expect(destination.text).toBe('a');
    vi.advanceTimersByTime(50);
    expect(destination.text).toBe('ab');
  });

  test('sees a large read as chunks of at most 32 KiB', () => {
    const { source, destination } = link([toxic('latency', { latency: 1 })]);
    source.send('x'.repeat(70_000));
    vi.advanceTimersByTime(1);
    expect(destination.received.map((text) => text.length)).toEqual([32_768, 32_768, 4_464]);
  });
});

describe('timeout', () => {
  test('at 0 drops everything and never closes', () => {
    const { source, destination } = link([toxic('timeout')]);
    source.send('a');
    vi.advanceTimersByTime(1_000_000);
    source.send('b');
    expect(destination.text).toBe('');
    expect(destination.ends).toBe(0);
  });

  test('closes after that long without a chunk, counted from the last one', () => {
    const { source, destination } = link([toxic('timeout', { timeout: 50 })]);
    vi.advanceTimersByTime(40);
    source.send('a');
    vi.advanceTimersByTime(49);
    expect(destination.ends).toBe(0);
    vi.advanceTimersByTime(1);
    expect(destination.ends).toBe(1);
    expect(destination.text).toBe('');
  });

  test('lets the end of the data through', () => {
    const { source, destination } = link([toxic('timeout')]);
    source.finish();
    expect(destination.ends).toBe(1);
  });

  test('closes the connection when it is removed, even where its toxicity spared it', () => {
    for (const toxicity of [1, 0]) {
      const silent = toxic('timeout', {}, toxicity);
      const { destination, link: one } = link([silent]);
      one.remove(silent);
      expect(destination.ends).toBe(1);
    }
  });

  test('stays open when it is updated', () => {
    const silent = toxic('timeout');
    const { source, destination, link: one } = link([silent]);
    one.update(silent);
    source.send('a');
    expect(destination.ends).toBe(0);
    expect(destination.text).toBe('');
  });
});

describe('toxicity', () => {
  test('is rolled when the chain starts and at each change, not for each chunk', () => {
    const rolls = [0.4, 0.6];
    const silent = toxic('timeout', {}, 0.5);
    const { source, destination, link: one } = link([silent], () => rolls.shift() ?? Number.NaN);
    source.send('a', 'b');
    expect(destination.text).toBe('');
    one.update(silent);
    source.send('c', 'd');
    expect(destination.text).toBe('cd');
  });

  test('spares every connection at 0 and none at 1', () => {
    const spared = link([toxic('timeout', {}, 0)], () => 0);
    spared.source.send('a');
    expect(spared.destination.text).toBe('a');
    const hit = link([toxic('timeout', {}, 1)], () => 0.999_999);
    hit.source.send('a');
    expect(hit.destination.text).toBe('');
  });

  test('is rolled by each toxic for itself', () => {
    const { source, destination } = link(
      [toxic('latency', { latency: 10 }, 0.5), toxic('latency', { latency: 20 }, 0.5)],
      sequence(0.9, 0.1),
    );
    source.send('a');
    vi.advanceTimersByTime(19);
    expect(destination.text).toBe('');
    vi.advanceTimersByTime(1);
    expect(destination.text).toBe('a');
  });
});

describe('a reader that stops', () => {
  test('holds the sender back when the queue of 1024 chunks is full', () => {
    const { source, destination } = link([toxic('latency', { latency: 1 })]);
    destination.stuck = true;
    for (let n = 0; n < 5_000; n += 1) source.send('x');
    vi.advanceTimersByTime(10);
    // One was written, one is in the toxic's hand, 1024 are queued.
    expect(source.taken).toBe(1_026);
    destination.stuck = false;
    destination.drain();
    vi.advanceTimersByTime(10);
    expect(destination.text).toHaveLength(5_000);
  });

  test('holds the sender back from a toxic that was removed, until it is empty', () => {
    const slow = toxic('latency', { latency: 1 });
    const { source, destination, link: one } = link([slow]);
    destination.stuck = true;
    source.send('1', '2', '3', '4');
    vi.advanceTimersByTime(10);
    one.remove(slow);
    source.send('5', '6', '7', '8');
    expect(source.taken).toBe(5);
    destination.stuck = false;
    destination.drain();
    expect(destination.text).toBe('12345678');
  });

  test('does not grow memory by toxics that come, change and go meanwhile', () => {
    const { source, destination, link: one } = link();
    destination.stuck = true;
    for (let n = 0; n < 10_000; n += 1) source.send('x');
    for (let n = 0; n < 20; n += 1) {
      const slow = toxic('latency', { latency: 1 });
      one.add(slow);
      vi.advanceTimersByTime(5);
      for (let m = 0; m < 5; m += 1) one.update(slow);
      one.remove(slow);
    }
    expect(destination.text).toBe('x');
    expect(source.taken).toBeLessThan(1_024 + 50);
    destination.stuck = false;
    destination.drain();
    vi.advanceTimersByTime(100);
    expect(destination.text).toHaveLength(10_000);
  });
});

/** Toxics that lose nothing, whatever happens to them, and what they make of one small number. */
const lossFree = {
  latency: (number: number) => ({ latency: number, jitter: number >> 1 }),
  bandwidth: (number: number) => ({ rate: number }),
  slicer: (number: number) => ({ average_size: number, size_variation: number >> 2, delay: number * 100 }),
  slow_close: (number: number) => ({ delay: number }),
  limit_data: () => ({ bytes: 1e9 }),
  noop: () => ({}),
} as const;

type LossFree = keyof typeof lossFree;

type Step =
  | { readonly do: 'send'; readonly count: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'stick' }
  | { readonly do: 'drain' }
  | { readonly do: 'add'; readonly type: LossFree; readonly number: number; readonly toxicity: number }
  | { readonly do: 'update'; readonly which: number; readonly number: number }
  | { readonly do: 'remove'; readonly which: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('send' as const), count: fc.integer({ min: 1, max: 8 }) }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 30 }) }),
  fc.constant({ do: 'stick' as const }),
  fc.constant({ do: 'drain' as const }),
  fc.record({
    do: fc.constant('add' as const),
    type: fc.constantFrom(...(Object.keys(lossFree) as LossFree[])),
    number: fc.integer({ min: 0, max: 40 }),
    toxicity: fc.constantFrom(0, 0.5, 1),
  }),
  fc.record({ do: fc.constant('update' as const), which: fc.nat(5), number: fc.integer({ min: 0, max: 40 }) }),
  fc.record({ do: fc.constant('remove' as const), which: fc.nat(5) }),
);

test('no byte is lost or moved while toxics come, change and go and the reader stops and starts', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60, size: 'max' }),
      fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
      (steps, dice) => {
        const { source, destination, link: one } = link([], () => dice.next().value);
        const present: Toxic[] = [];
        let sent = '';
        for (const now of steps) {
          if (now.do === 'send') {
            for (let n = 0; n < now.count; n += 1) {
              const record = `${sent.length};`;
              sent += record;
              source.send(record);
            }
          } else if (now.do === 'pass') vi.advanceTimersByTime(now.ms);
          else if (now.do === 'stick') destination.stuck = true;
          else if (now.do === 'drain') {
            destination.stuck = false;
            destination.drain();
          } else if (now.do === 'add') {
            const added = toxic(now.type, lossFree[now.type](now.number), now.toxicity);
            present.push(added);
            one.add(added);
          } else {
            const chosen = present[now.which % Math.max(1, present.length)];
            if (!chosen) continue;
            if (now.do === 'remove') {
              present.splice(present.indexOf(chosen), 1);
              one.remove(chosen);
            } else {
              Object.assign(chosen.attributes, lossFree[chosen.type.name as LossFree](now.number));
              one.update(chosen);
            }
          }
          expect(sent.startsWith(destination.text)).toBe(true);
        }
        source.finish();
        destination.stuck = false;
        destination.drain();
        // A bandwidth of 0 holds its data until it goes.
        for (const last of present) one.remove(last);
        vi.advanceTimersByTime(10_000);
        expect(destination.text).toBe(sent);
        expect(destination.ends).toBe(1);
      },
    ),
    { numRuns: 300 },
  );
});

function sequence(...values: number[]): () => number {
  return () => values.shift() ?? Number.NaN;
}
