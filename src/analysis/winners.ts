import { chunksOf, keysOf, type Outcome, outcomes, valuesOf } from '../recording/columns.ts';
import type { KeyHash } from '../recording/key-hash.ts';
import type { FinalState, Recording, StateRow } from '../recording/recording.ts';
import { type HasKey, keyParts } from './key-parts.ts';

/** A race with more than one winner, or with the wrong one. */
export interface RaceViolation {
  readonly key: string;
  /** The contenders that were told that they had won. */
  readonly acknowledged: readonly string[];
  /** The contenders that the final state names; `?` for each row without a value. */
  readonly durable: readonly string[];
  /** What is wrong, as a clause. */
  readonly reason: string;
}

/** What became of the races. */
export interface Races {
  readonly races: number;
  /** Races of two or more attempts that were all under way at one instant: only these put the app to the test. */
  readonly overlapping: number;
  /**
   * Races with exactly one winner: one was acknowledged and, where a final state was read, it alone is durable. Or nobody was,
   * and the durable one is a contender that never learned its fate.
   */
  readonly decided: number;
  /** Those of them that overlapped. */
  readonly overlappingDecided: number;
  /** Share of the overlapping races that were decided, 0 to 1; NaN without any. */
  readonly winRate: number;
  /** How many races broke the rule of one winner: the length of `violations`. */
  readonly raceConditions: number;
  readonly violations: readonly RaceViolation[];
  /** Races without a winner, acknowledged or durable. */
  readonly withoutWinner: number;
  /** Milliseconds from the release to the end of the acknowledged winner's operation, ascending; races without one are not in it. */
  readonly times: Float64Array;
}

/** How a durable winner is shown when the final state holds the key without a value. */
const nameless = '?';

/** An operation that raced. */
interface Attempt {
  /** The contender. */
  readonly value: string;
  readonly dueAt: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome: Outcome;
}

/** Attempts of a recording on disk that are looked at together: about 30 MB. */
const attemptsAtOnce = 250_000;

/**
 * Reads the operations that have a key (the race) and a value (the contender) as races. The warm-up is left out, and so is what
 * the final state held before the load. Durable winners are compared only where a final state was read. A recording on disk is gone
 * through once for each quarter of a million of its attempts.
 * @param atOnce attempts of a recording on disk that are looked at together
 */
export function winners(recording: Recording, atOnce = attemptsAtOnce): Races {
  const { finalState } = recording;
  const violations: (readonly [release: number, violation: RaceViolation])[] = [];
  const times: number[] = [];
  let all = 0;
  let overlapping = 0;
  let overlappingDecided = 0;
  let decided = 0;
  let withoutWinner = 0;

  for (const isHere of keyParts(recording, atOnce)) {
    const races = racesIn(recording, isHere);
    const durableOf = finalState && durableWinners(finalState, (key) => races.has(key));
    all += races.size;
    for (const [key, unordered] of races) {
      const attempts = unordered.toSorted(inOrder);
      const release = attempts[0]?.dueAt ?? Number.NaN;
      const winning = attempts.filter(({ outcome }) => outcome === 'ok');
      const acknowledged = [...new Set(winning.map(({ value }) => value))];
      const durable = durableOf && (durableOf.get(key) ?? []);
      const reason = violationOf(attempts, acknowledged, durable);
      if (reason) violations.push([release, { key, acknowledged, durable: durable ?? [], reason }]);

      const holders = durable ?? acknowledged;
      if (acknowledged.length === 0 && holders.length === 0) withoutWinner++;
      const isDecided = reason === undefined && holders.length === 1;
      if (isDecided) decided++;
      if (overlap(attempts)) {
        overlapping++;
        if (isDecided) overlappingDecided++;
      }
      if (winning.length > 0) {
        times.push(Math.min(...winning.map(({ endedAt }) => endedAt)) - release);
      }
    }
  }
  return {
    races: all,
    overlapping,
    decided,
    overlappingDecided,
    winRate: overlappingDecided / overlapping,
    raceConditions: violations.length,
    violations: violations
      .sort(([one, { key }], [other, next]) => one - other || (key < next.key ? -1 : 1))
      .map(([, violation]) => violation),
    withoutWinner,
    times: Float64Array.from(times).sort(),
  };
}

function racesIn(recording: Recording, isHere: HasKey): Map<string, Attempt[]> {
  const races = new Map<string, Attempt[]>();
  const hash: KeyHash = { high: 0, low: 0 };
  for (const columns of chunksOf(recording.columns)) {
    const [keys, values] = [keysOf(columns), valuesOf(columns)];
    const { dueAt, startedAt, endedAt, outcome } = columns;
    for (let row = 0; row < columns.length; row++) {
      if (!keys.has(row) || !values.has(row) || (dueAt[row] as number) < 0) continue;
      if (!isHere(keys.hash(row, hash))) continue;
      const key = keys.at(row) as string;
      const attempts = races.get(key) ?? [];
      races.set(key, attempts);
      attempts.push({
        value: values.at(row) as string,
        dueAt: dueAt[row] as number,
        startedAt: startedAt[row] as number,
        endedAt: endedAt[row] as number,
        outcome: outcomes[outcome[row] as number] as Outcome,
      });
    }
  }
  return races;
}

/** By the instant at which they were due, so that the order of the rows changes nothing; what was due together by contender. */
function inOrder(one: Attempt, other: Attempt): number {
  return one.dueAt - other.dueAt || (one.value < other.value ? -1 : 1);
}

/** Why a race has not at most one winner, the right one; undefined if it has. */
function violationOf(
  attempts: readonly Attempt[],
  acknowledged: readonly string[],
  durable: readonly string[] | undefined,
): string | undefined {
  if (acknowledged.length > 1) return `${acknowledged.length} contenders were told that they had won`;
  if (!durable) return undefined;
  if (durable.length > 1) return `the final state holds ${durable.length} winners`;

  const [winner] = acknowledged;
  const [holder] = durable;
  if (winner !== undefined && holder === undefined)
    return `${winner} was told that it had won, and is not in the final state`;
  if (holder === undefined || holder === nameless || holder === winner) return undefined;
  if (winner !== undefined) return `${winner} was told that it had won, and the final state holds ${holder}`;

  const own = attempts.filter(({ value }) => value === holder);
  if (own.length === 0) return `the final state holds ${holder}, which never took part`;
  if (own.some(({ outcome }) => outcome === 'unknown')) return undefined;
  return `the final state holds ${holder}, which was told that it had lost`;
}

/** Whether all attempts were under way at one instant. One that was never sent (NaN) was not; one that never ended still is. */
function overlap(attempts: readonly Attempt[]): boolean {
  if (attempts.length < 2) return false;
  const latestStart = Math.max(...attempts.map(({ startedAt }) => startedAt));
  const ends = attempts.map(({ endedAt }) => (Number.isNaN(endedAt) ? Number.POSITIVE_INFINITY : endedAt));
  return latestStart < Math.min(...ends);
}

/** The contenders that each race's key holds after the load, less the rows that were there before; a contender stored twice is one. */
function durableWinners(state: FinalState, isRace: (key: string) => boolean): Map<string, string[]> {
  const old = new Map<string, number>();
  for (const row of state.before) {
    if (!isRace(row.key)) continue;
    const identity = identityOf(row);
    old.set(identity, (old.get(identity) ?? 0) + 1);
  }
  const winnersByKey = new Map<string, string[]>();
  for (const row of state.after) {
    if (!isRace(row.key)) continue;
    const identity = identityOf(row);
    const left = old.get(identity) ?? 0;
    if (left > 0) {
      old.set(identity, left - 1);
      continue;
    }
    const holders = winnersByKey.get(row.key) ?? [];
    if (row.value === undefined) holders.push(nameless);
    else if (!holders.includes(row.value)) holders.push(row.value);
    winnersByKey.set(row.key, holders);
  }
  return winnersByKey;
}

function identityOf(row: StateRow): string {
  return JSON.stringify([row.key, row.value ?? null]);
}
