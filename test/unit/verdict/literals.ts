import type { Operation } from '../../../src/recording/columns.ts';
import { type LiteralRecording, recordingOf } from '../../../src/recording/literal.ts';
import type { Recording } from '../../../src/recording/recording.ts';

/** What may differ from one operation to the next; `n` counts from 0, `dueAt` is in milliseconds. */
export type Vary = (n: number, dueAt: number) => Partial<Operation>;

/** An open load at an even rate per second, 10 ms an answer, with a key of its own in each operation. */
export function steady(
  shape: { readonly rate: number; readonly seconds: number },
  vary: Vary = () => ({}),
  rest: Omit<LiteralRecording, 'operations'> = {},
): Recording {
  const operations = Array.from({ length: shape.rate * shape.seconds }, (_, n) => {
    const dueAt = (n * 1_000) / shape.rate;
    return { dueAt, endedAt: dueAt + 10, key: `SM${n}`, ...vary(n, dueAt) };
  });
  const { generator, ...more } = rest;
  return recordingOf({
    duration: shape.seconds * 1_000,
    seed: 42,
    ...more,
    operations,
    generator: { load: `arrivals ${shape.rate}/s for ${shape.seconds} s`, offeredRate: shape.rate, ...generator },
  });
}

/** The keys that a steady load left behind, but for those in `without`. */
export function keysOf(operations: number, without: readonly string[] = []): string[] {
  return Array.from({ length: operations }, (_, n) => `SM${n}`).filter((key) => !without.includes(key));
}

/** 20 s at 200/s with Redis (or Postgres) away from 5 s to 10 s: operation 1000 is the first of the outage, 2000 the first after it. */
export function outage(
  vary: Vary = () => ({}),
  rest: Omit<LiteralRecording, 'operations'> = {},
  service: 'redis' | 'postgres' = 'redis',
): Recording {
  const kind = service === 'redis' ? 'refuse' : 'crash';
  const bite = { connectionsBefore: 3, seenAtStart: true, seenBeforeEnd: true, detail: 'the probe was refused' };
  return steady({ rate: 200, seconds: 20 }, vary, {
    faults: [{ kind, service, inEffectAt: 5_000, healedAt: 10_000, bite }],
    finalState: { after: keysOf(4_000) },
    ...rest,
  });
}

/** Is the operation due while the service of {@link outage} is away? */
export function away(dueAt: number): boolean {
  return dueAt >= 5_000 && dueAt < 10_000;
}

/** Races of four contenders, released 100 ms apart, the first of whom wins after 20 ms. */
export function raced(
  races: number,
  vary: (race: number, contender: number) => Partial<Operation> = () => ({}),
  rest: Omit<LiteralRecording, 'operations'> = {},
): Recording {
  const operations = Array.from({ length: races * 4 }, (_, n) => {
    const [race, contender] = [Math.floor(n / 4), n % 4];
    const dueAt = race * 100;
    const own = contender === 0 ? {} : { category: '409', outcome: 'failed' as const };
    return { dueAt, endedAt: dueAt + 20, key: `R${race}`, value: `V${contender}`, ...own, ...vary(race, contender) };
  });
  const after = Array.from({ length: races }, (_, race) => ({ key: `R${race}`, value: 'V0' }));
  return recordingOf({
    seed: 42,
    finalState: { after },
    ...rest,
    operations,
    generator: { load: `race ${races} x 4`, loop: 'race', connections: 4, ...rest.generator },
  });
}
