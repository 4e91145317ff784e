import {
  chunksOf,
  keysOf,
  kindsByCode,
  type OperationKind,
  type Outcome,
  outcomes,
  valuesOf,
} from '../../recording/columns.ts';
import { canonical } from '../../recording/equality.ts';
import type { KeyHash } from '../../recording/key-hash.ts';
import { deedOf } from '../../recording/kinds.ts';
import type { FinalState, Recording, StateRow } from '../../recording/recording.ts';
import { divideKeys, type HasKey } from '../keys/key-parts.ts';
import { greatest, least } from '../stats/order.ts';
import { findActiveFaults } from '../window/active-faults.ts';
import type { Case } from '../window/cases.ts';
import { findDisturbances } from '../window/stalls.ts';
import { type Attempt, countContenders, findViolation, nameless, readVerdict } from './race-rules.ts';

/** A race with more than one winner, with the wrong one, or with a loser who was not told so in its time. */
export interface RaceViolation {
  readonly key: string;
  /** When it was released, in milliseconds. */
  readonly at: number;
  /** The faults that were in effect at some moment until the last attempt had ended; undefined if none was. */
  readonly fault: string | undefined;
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
  /**
   * Races of two or more contenders whose attempts were all under way at one instant. Only these put the app to the
   * test.
   */
  readonly overlapping: number;
  /**
   * Races that two or more contenders certainly reached: see {@link countContenders}. In the others nobody is known to
   * have lost.
   */
  readonly contested: number;
  /** What the contenders of the other races were answered, by category, but for their winners. */
  readonly asideBy: ReadonlyMap<string, number>;
  /** Races whose holder the final state does not name: it has a row of them without a value. */
  readonly holdersUnnamed: number;
  /**
   * Races with exactly one winner. Either one contender was acknowledged and, where a final state was read, it alone is
   * durable. Or nobody was acknowledged, and the durable contender never learned its fate.
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
  /**
   * Milliseconds from the release to the end of the acknowledged winner's operation, ascending. The best case leaves
   * out the generator's stalls and delays. Where nobody learned that it had won, and not all were told that they had
   * lost, a race took at least as long as an attempt, and in the worst case for ever. Races that everybody lost are
   * left out.
   */
  readonly times: Readonly<Record<Case, Float64Array>>;
}

/** Attempts of a recording on disk that are looked at together: about 30 MB. */
const attemptsAtOnce = 250_000;

/**
 * Finds the winners of each race. A race is the operations that write one key; their values are the contenders. The
 * warm-up is left out, and so is what the final state held before the load. Durable winners are compared only where a
 * final state was read. A recording on disk is gone through once per quarter of a million attempts.
 * @param lossIs the categories of answers that say that a contender lost; by default what the load says, else 409
 * @param atOnce attempts of a recording on disk that are looked at together
 */
export function findWinners(
  recording: Recording,
  lossIs: readonly string[] | undefined = recording.generator.lossIs,
  atOnce = attemptsAtOnce,
): Races {
  const { finalState } = recording;
  const losses = lossIs && new Set(lossIs);
  const asideBy = new Map<string, number>();
  let contested = 0;
  let holdersUnnamed = 0;
  const violations: (readonly [release: number, violation: RaceViolation])[] = [];
  const times: Record<Case, number[]> = { best: [], worst: [] };
  const { all: disturbed } = findDisturbances(recording);
  const unhindered = ({ dueAt, startedAt, endedAt }: Attempt): number => {
    // What was never sent may have been answered at once.
    if (Number.isNaN(startedAt)) return 0;
    if (Number.isNaN(endedAt)) return Number.POSITIVE_INFINITY;
    const start = Math.max(dueAt, startedAt);
    return Math.max(0, endedAt - start - disturbed.overlap(start, endedAt));
  };
  let all = 0;
  let overlapping = 0;
  let overlappingDecided = 0;
  let decided = 0;
  let withoutWinner = 0;

  for (const isHere of divideKeys(recording, atOnce)) {
    const { races, warmedUp } = collectRaces(recording, isHere);
    const atRest = finalState?.settled ?? false;
    const heldBefore = new Set(
      finalState?.before.filter((row) => races.has(row.key) && holds(row)).map(({ key }) => key),
    );
    const durableOf = finalState && findDurableWinners(finalState, races);
    all += races.size;
    for (const [key, unordered] of races) {
      const attempts = unordered.toSorted(compareByTime);
      const release = attempts[0]?.dueAt ?? Number.NaN;
      const winning = attempts.filter(({ outcome }) => outcome === 'ok');
      const acknowledged = [...new Set(winning.map(({ value }) => value))];
      const durable = durableOf && (durableOf.get(key) ?? []);
      const takenBefore = heldBefore.has(key) || warmedUp.has(key);
      const raced = { attempts, acknowledged, durable, atRest, takenBefore, lossIs: losses };
      const reason = findViolation(raced);
      if (countContenders(raced) > 1) contested++;
      else countAside(asideBy, attempts, losses);
      if (durable?.includes(nameless)) holdersUnnamed++;
      if (reason) {
        const fault = findActiveFaults(recording, release, greatest(attempts.map(({ endedAt }) => endedAt)));
        violations.push([release, { key, at: release, fault, acknowledged, durable: durable ?? [], reason }]);
      }

      const holders = durable ?? acknowledged;
      if (acknowledged.length === 0 && holders.length === 0) withoutWinner++;
      const isDecided = reason === undefined && holders.length === 1;
      if (isDecided) decided++;
      if (overlap(attempts)) {
        overlapping++;
        if (isDecided) overlappingDecided++;
      }
      const timed = winning.length > 0 ? winning : takenBefore ? [] : attempts.filter(mayHaveWon(losses));
      if (timed.length > 0) {
        times.best.push(least(timed.map(unhindered)));
        times.worst.push(least(winning.map(({ endedAt }) => endedAt - release)));
      }
    }
  }
  return {
    races: all,
    overlapping,
    contested,
    asideBy,
    holdersUnnamed,
    decided,
    overlappingDecided,
    winRate: overlappingDecided / overlapping,
    raceConditions: violations.length,
    violations: violations
      .sort(([one, { key }], [other, next]) => one - other || (key < next.key ? -1 : 1))
      .map(([, violation]) => violation),
    withoutWinner,
    times: { best: Float64Array.from(times.best).sort(), worst: Float64Array.from(times.worst).sort() },
  };
}

/**
 * Tells whether an attempt may have won, where none was told that it had: it was neither told that it had lost nor
 * turned down by a 4xx.
 */
function mayHaveWon(losses: ReadonlySet<string> | undefined): (attempt: Attempt) => boolean {
  return (attempt) => readVerdict(attempt, losses) !== 'lost' && !/^4\d\d$/.test(attempt.category);
}

function countAside(
  asideBy: Map<string, number>,
  attempts: readonly Attempt[],
  lossIs: ReadonlySet<string> | undefined,
): void {
  for (const attempt of attempts) {
    if (readVerdict(attempt, lossIs) === 'won') continue;
    asideBy.set(attempt.category, (asideBy.get(attempt.category) ?? 0) + 1);
  }
}

/** The attempts of each race, and the keys for which there were some in the warm-up. */
interface AllAttempts {
  readonly races: ReadonlyMap<string, Attempt[]>;
  readonly warmedUp: ReadonlySet<string>;
}

function collectRaces(recording: Recording, isHere: HasKey): AllAttempts {
  const races = new Map<string, Attempt[]>();
  const warmedUp = new Set<string>();
  const hash: KeyHash = { high: 0, low: 0 };
  const kinds = kindsByCode(recording.columns);
  for (const columns of chunksOf(recording.columns)) {
    const [keys, values] = [keysOf(columns), valuesOf(columns)];
    const { dueAt, startedAt, endedAt, outcome, category, categories, name } = columns;
    for (let row = 0; row < columns.length; row++) {
      if (!keys.has(row) || !values.has(row) || deedOf(kinds[name[row] as number] as OperationKind, true) !== 'write')
        continue;
      if (!isHere(keys.hash(row, hash))) continue;
      const key = keys.at(row) as string;
      if ((dueAt[row] as number) < 0) {
        warmedUp.add(key);
        continue;
      }
      const attempts = races.get(key) ?? [];
      races.set(key, attempts);
      attempts.push({
        value: values.at(row) as string,
        dueAt: dueAt[row] as number,
        startedAt: startedAt[row] as number,
        endedAt: endedAt[row] as number,
        outcome: outcomes[outcome[row] as number] as Outcome,
        category: categories[category[row] as number] as string,
      });
    }
  }
  return { races, warmedUp };
}

/**
 * Orders attempts by the instant at which they were due, then by contender, so that the order of the rows changes
 * nothing.
 */
function compareByTime(one: Attempt, other: Attempt): number {
  return one.dueAt - other.dueAt || (one.value < other.value ? -1 : 1);
}

/**
 * Whether all attempts were under way at one instant, and not all of one contender. An attempt that was never sent
 * (NaN) never was; one that never ended still is.
 */
function overlap(attempts: readonly Attempt[]): boolean {
  if (attempts.every(({ value }) => value === attempts[0]?.value)) return false;
  const latestStart = greatest(attempts.map(({ startedAt }) => startedAt));
  const ends = attempts.map(({ endedAt }) => (Number.isNaN(endedAt) ? Number.POSITIVE_INFINITY : endedAt));
  return latestStart < least(ends);
}

/**
 * Finds the contenders that each race's key holds after the load, less the rows from before it. A contender stored
 * twice is one.
 */
function findDurableWinners(state: FinalState, races: ReadonlyMap<string, Attempt[]>): Map<string, string[]> {
  const isRace = (key: string): boolean => races.has(key);
  /** A contender as it goes by in the race, where the state writes the same name in another way. */
  const nameIn = (key: string, value: string): string =>
    races.get(key)?.find((attempt) => attempt.value === value || canonical(attempt.value) === canonical(value))
      ?.value ?? value;
  const old = new Map<string, number>();
  for (const row of state.before) {
    if (!isRace(row.key)) continue;
    const identity = identityOf(row);
    old.set(identity, (old.get(identity) ?? 0) + 1);
  }
  const winnersByKey = new Map<string, string[]>();
  for (const row of state.after) {
    if (!isRace(row.key) || !holds(row)) continue;
    const identity = identityOf(row);
    const left = old.get(identity) ?? 0;
    if (left > 0) {
      old.set(identity, left - 1);
      continue;
    }
    const holders = winnersByKey.get(row.key) ?? [];
    if (row.value === undefined) holders.push(nameless);
    else if (row.value !== null) {
      const name = nameIn(row.key, row.value);
      if (!holders.includes(name)) holders.push(name);
    }
    winnersByKey.set(row.key, holders);
  }
  return winnersByKey;
}

/** Whether somebody has it: a row whose value is NULL says that nobody does. */
function holds({ value }: StateRow): boolean {
  return value !== null;
}

function identityOf(row: StateRow): string {
  return JSON.stringify([row.key, row.value ?? null]);
}
