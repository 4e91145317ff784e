import fc from 'fast-check';
import type { Operation } from '../../../src/recording/columns.ts';
import type { LiteralRecording } from '../../../src/recording/literal.ts';
import type { FaultRecord, HealthPolls, Series, StateRow } from '../../../src/recording/recording.ts';

/** A literal recording with all of its lists present, so that a change can be made to each. */
export type History = Omit<LiteralRecording, 'finalState'> & {
  readonly operations: readonly Partial<Operation>[];
  readonly faults: readonly Partial<FaultRecord>[];
  readonly duration: number;
  readonly polls: readonly HealthPolls[];
  readonly series: readonly Series[];
  readonly finalState: { readonly after: readonly StateRow[]; readonly settled: boolean };
};

/** A stretch of a run in which a share of the operations goes differently. */
interface Trouble {
  /** Where it begins and ends, as shares of the run. */
  readonly from: number;
  readonly to: number;
  /** Share of the operations that it strikes, 0 to 1. */
  readonly share: number;
  readonly answer: Answer;
}

/** How an operation goes: a category, or an ok answer that took this many milliseconds. */
type Answer = '503' | '404' | 'timeout' | 'refused' | 'saturated' | 'unsent' | number;

/** Milliseconds that an error of each kind takes here. */
const errorTakes: Readonly<Record<string, number>> = { '503': 1, '404': 2, refused: 1, timeout: 5_000 };

/** A share in hundredths: a counterexample is easier to read with them. */
const share = fc.integer({ min: 0, max: 100 }).map((hundredths) => hundredths / 100);
const answer = fc.oneof(
  fc.constantFrom<Answer>('503', '404', 'timeout', 'refused', 'saturated', 'unsent'),
  fc.constantFrom<Answer>(30, 400, 8_000),
);
const trouble: fc.Arbitrary<Trouble> = fc
  .record({ ends: fc.tuple(share, share), share: fc.constantFrom(0.002, 0.02, 0.2, 1), answer })
  .map(({ ends: [one, other], ...rest }) => ({ from: Math.min(one, other), to: Math.max(one, other), ...rest }));

/** A fault by its instants as shares of the run; most take effect at once and are healed. */
const fault = fc
  .record({
    from: share,
    length: fc.integer({ min: 2, max: 30 }).map((hundredths) => hundredths / 100),
    delay: fc.constantFrom(0, 0, 0.02),
    service: fc.constantFrom('redis', 'postgres'),
    felt: fc.constantFrom(true, true, true, false),
  })
  .map(({ from, length, delay, service, felt }) => ({
    from,
    inEffect: from + delay,
    to: from + delay + length,
    service,
    felt,
  }));

const stall = fc.record({ from: share, length: fc.integer({ min: 20, max: 800 }) });

export const shape = fc.record({
  loop: fc.constantFrom('open', 'open', 'closed'),
  rate: fc.constantFrom(40, 100, 200),
  seconds: fc.integer({ min: 4, max: 16 }),
  takes: fc.constantFrom(2, 10, 60),
  troubles: fc.array(trouble, { maxLength: 3 }),
  faults: fc.array(fault, { maxLength: 2 }),
  stalls: fc.array(stall, { maxLength: 2 }),
  lost: fc.array(fc.nat(3_000), { maxLength: 2 }),
  twice: fc.array(fc.nat(3_000), { maxLength: 1 }),
  settled: fc.constantFrom(true, true, true, false),
  slowPolls: fc.array(trouble, { maxLength: 1 }),
  growth: fc.constantFrom(0, 0, 0.3),
});

/** What a run under load is made from: small, so that a counterexample can be read. */
export type Shape = typeof shape extends fc.Arbitrary<infer T> ? Omit<T, 'takes'> & { readonly takes: number } : never;

/** A run under load: every loop but the race, with troubles, faults, stalls, names, keys, polls and series. */
export function historyOf(drawn: Shape): History {
  const duration = drawn.seconds * 1_000;
  const stalls = drawn.stalls.map(
    ({ from, length }) => [from * duration, Math.min(duration, from * duration + length)] as const,
  );
  const operations = drawn.loop === 'open' ? openLoop(drawn, stalls) : closedLoop(drawn);
  const keys = operations.filter(({ category }) => (category ?? 'ok') === 'ok').map(({ key }) => key as string);
  const lost = new Set(drawn.lost.map((n) => keys[n]));
  const twice = drawn.twice.flatMap((n) => keys[n] ?? []);
  const present = [...keys.filter((key) => !lost.has(key)), ...twice];
  return {
    operations,
    duration,
    generator: {
      load: `a ${drawn.loop} loop`,
      loop: drawn.loop as 'open' | 'closed',
      offeredRate: drawn.loop === 'open' ? drawn.rate : undefined,
      connections: drawn.loop === 'closed' ? connections : undefined,
      stalls,
    },
    faults: drawn.faults.map((one, n) => faultOf(one, n, duration)),
    finalState: { after: present.map((key) => ({ key, value: undefined })), settled: drawn.settled },
    polls: [pollsOf('live', drawn.slowPolls, duration), pollsOf('ready', drawn.slowPolls, duration)],
    series: [
      seriesOf('app', 'memory', 'bytes', 100e6, drawn.growth, duration),
      seriesOf('probe', 'backlog', 'count', 20, drawn.growth, duration),
    ],
  };
}

/** What races of two to five contenders are made from. Most of them go as they should. */
export const raceShape = fc.record({
  races: fc.integer({ min: 8, max: 40 }),
  contenders: fc.integer({ min: 2, max: 5 }),
  takes: fc.constantFrom(5, 40, 300),
  odd: fc.array(
    fc.record({
      race: fc.nat(39),
      contender: fc.nat(4),
      answer: fc.constantFrom('ok', '409', '503', '401', 'refused', 'timeout'),
    }),
    { maxLength: 6 },
  ),
  stalls: fc.array(stall, { maxLength: 1 }),
  settled: fc.constantFrom(true, true, true, false),
  named: fc.constantFrom(true, true, true, false),
});

export type RaceShape = typeof raceShape extends fc.Arbitrary<infer T> ? T : never;

/** Races, released 400 ms apart. */
export function racesOf({ races, contenders, takes, odd, stalls, settled, named }: RaceShape): History {
  const duration = races * 400 + 400;
  const operations = Array.from({ length: races * contenders }, (_, n) => {
    const [race, contender] = [Math.floor(n / contenders), n % contenders];
    const strange = odd.find((one) => one.race === race && one.contender === contender)?.answer;
    const category = strange ?? (contender === 0 ? 'ok' : '409');
    const dueAt = race * 400;
    const endedAt = dueAt + (errorTakes[category] ?? takes + contender);
    return { dueAt, endedAt, category, key: `R${race}`, value: `V${contender}` };
  });
  const after = Array.from({ length: races }, (_, race) => ({ key: `R${race}`, value: named ? 'V0' : undefined }));
  return {
    operations,
    duration,
    generator: {
      load: `race ${races} x ${contenders}`,
      loop: 'race' as const,
      connections: contenders,
      stalls: stalls.map(({ from, length }) => [from * duration, from * duration + length] as const),
    },
    faults: [],
    finalState: { after, settled },
    polls: [],
    series: [],
  };
}

const connections = 4;

function openLoop(drawn: Shape, stalls: readonly (readonly [from: number, to: number])[]): Partial<Operation>[] {
  const length = drawn.rate * drawn.seconds;
  return Array.from({ length }, (_, n) => {
    const dueAt = (n * 1_000) / drawn.rate;
    const late = stalls.find(([from, to]) => dueAt >= from && dueAt < to)?.[1];
    return operationOf(drawn, n, dueAt, late ?? dueAt);
  });
}

function closedLoop(shape: Shape): Partial<Operation>[] {
  // Each connection sends what it wants to, and no answer takes longer than the run: that would be a silence by itself.
  const drawn = { ...shape, troubles: shape.troubles.map((one) => ({ ...one, answer: sent(one.answer) })) };
  const operations: Partial<Operation>[] = [];
  for (let connection = 0; connection < connections; connection++) {
    for (let at = connection; at < drawn.seconds * 1_000 && operations.length < 12_000; ) {
      const n = operations.length;
      const operation = { ...operationOf({ ...drawn, takes: drawn.takes * 4 }, n, at, at), key: `C${connection}-${n}` };
      const { endedAt = at } = operation;
      operations.push(operation);
      at = endedAt;
    }
  }
  return operations.toSorted((a, b) => (a.dueAt as number) - (b.dueAt as number));
}

function sent(answer: Answer): Answer {
  if (typeof answer === 'number') return Math.min(answer, 400);
  return answer === 'saturated' || answer === 'unsent' ? '503' : answer;
}

function operationOf(drawn: Shape, n: number, dueAt: number, startedAt: number): Partial<Operation> {
  const at = dueAt / (drawn.seconds * 1_000);
  const struck = drawn.troubles.find((one, index) => at >= one.from && at < one.to && drawnShare(n, index) < one.share);
  const how: Answer = struck?.answer ?? drawn.takes * (0.5 + drawnShare(n, 7));
  const plain = { dueAt, key: `K${n}`, name: n % 3 === 0 ? 'order' : 'look' };
  if (typeof how === 'number') return { ...plain, category: 'ok', startedAt, endedAt: startedAt + how };
  if (how === 'saturated' || how === 'unsent') return { ...plain, category: how };
  return { ...plain, category: how, startedAt, endedAt: startedAt + (errorTakes[how] ?? 1) };
}

/** A number from 0 to 1 that looks drawn at random and is the same each time. */
export function drawnShare(n: number, salt: number): number {
  let mixed = Math.imul(n + 1, 0x9e3779b1) ^ Math.imul(salt + 1, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 13)) >>> 0) / 2 ** 32;
}

function faultOf(
  one: { from: number; inEffect: number; to: number; service: string; felt: boolean },
  n: number,
  duration: number,
): Partial<FaultRecord> {
  return {
    name: n === 0 ? `refuse(${one.service})` : `refuse(${one.service}) #${n + 1}`,
    kind: 'refuse',
    service: one.service,
    serviceKind: one.service,
    askedAt: between(one.from * duration),
    inEffectAt: between(one.inEffect * duration),
    healAskedAt: between(one.to * duration),
    healedAt: between(one.to * duration),
    bite: { connectionsBefore: one.felt ? 3 : 0, seenAtStart: one.felt, seenBeforeEnd: one.felt, detail: 'drawn' },
  };
}

/** An instant at which no operation is due, so that rounding moves none into another window. */
function between(instant: number): number {
  return Math.round(instant) + 0.25;
}

function pollsOf(kind: 'live' | 'ready', troubles: readonly Trouble[], duration: number): HealthPolls {
  const at = Array.from({ length: Math.floor(duration / 250) }, (_, n) => n * 250);
  const slow = at.map((instant) =>
    troubles.some(({ from, to }) => instant / duration >= from && instant / duration < to),
  );
  return {
    kind,
    path: `/${kind}`,
    timeout: 2_000,
    at,
    took: slow.map((isSlow) => (isSlow ? 1_600 : 4)),
    answers: slow.map((isSlow) => (isSlow && kind === 'ready' ? 503 : 200)),
    stalls: [],
  };
}

function seriesOf(
  subject: string,
  name: string,
  unit: Series['unit'],
  level: number,
  growth: number,
  duration: number,
): Series {
  const at = Array.from({ length: Math.floor(duration / 250) }, (_, n) => n * 250);
  return { subject, name, unit, at, values: at.map((instant) => level * (1 + (growth * instant) / duration)) };
}
