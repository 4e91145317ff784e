import { type Columns, outcomes } from '../recording/columns.ts';
import type { FinalState, Recording, StateRow } from '../recording/recording.ts';

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

/**
 * Reads the operations that have a key (the race) and a value (the contender) as races. The warm-up is left out, and so is what
 * the final state held before the load. Durable winners are compared only where a final state was read.
 */
export function winners(recording: Recording): Races {
  const { columns, finalState } = recording;
  const violations: RaceViolation[] = [];
  const times: number[] = [];
  const rowsByRace = racesIn(columns);
  const durableOf = finalState && durableWinners(finalState, (key) => rowsByRace.has(key));
  let overlapping = 0;
  let overlappingDecided = 0;
  let decided = 0;
  let withoutWinner = 0;

  for (const [key, rows] of rowsByRace) {
    const winning = rows.filter((row) => outcomeOf(columns, row) === 'ok');
    const acknowledged = [...new Set(winning.map((row) => columns.value[row] as string))];
    const durable = durableOf && (durableOf.get(key) ?? []);
    const reason = violationOf(columns, rows, acknowledged, durable);
    if (reason) violations.push({ key, acknowledged, durable: durable ?? [], reason });

    const holders = durable ?? acknowledged;
    if (acknowledged.length === 0 && holders.length === 0) withoutWinner++;
    const isDecided = reason === undefined && holders.length === 1;
    if (isDecided) decided++;
    if (overlap(columns, rows)) {
      overlapping++;
      if (isDecided) overlappingDecided++;
    }
    if (winning.length > 0) {
      const release = Math.min(...rows.map((row) => columns.dueAt[row] as number));
      times.push(Math.min(...winning.map((row) => columns.endedAt[row] as number)) - release);
    }
  }
  return {
    races: rowsByRace.size,
    overlapping,
    decided,
    overlappingDecided,
    winRate: overlappingDecided / overlapping,
    raceConditions: violations.length,
    violations,
    withoutWinner,
    times: Float64Array.from(times).sort(),
  };
}

function racesIn(columns: Columns): Map<string, number[]> {
  const races = new Map<string, number[]>();
  for (let row = 0; row < columns.length; row++) {
    const key = columns.key[row];
    if (key === undefined || columns.value[row] === undefined || (columns.dueAt[row] as number) < 0) continue;
    const rows = races.get(key);
    if (rows) rows.push(row);
    else races.set(key, [row]);
  }
  return races;
}

/** Why a race has not at most one winner, the right one; undefined if it has. */
function violationOf(
  columns: Columns,
  rows: readonly number[],
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

  const attempts = rows.filter((row) => columns.value[row] === holder);
  if (attempts.length === 0) return `the final state holds ${holder}, which never took part`;
  if (attempts.some((row) => outcomeOf(columns, row) === 'unknown')) return undefined;
  return `the final state holds ${holder}, which was told that it had lost`;
}

/** Whether all attempts were under way at one instant. One that was never sent (NaN) was not; one that never ended still is. */
function overlap(columns: Columns, rows: readonly number[]): boolean {
  if (rows.length < 2) return false;
  const latestStart = Math.max(...rows.map((row) => columns.startedAt[row] as number));
  const ends = rows.map((row) => columns.endedAt[row] as number);
  const earliestEnd = Math.min(...ends.map((end) => (Number.isNaN(end) ? Number.POSITIVE_INFINITY : end)));
  return latestStart < earliestEnd;
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

function outcomeOf(columns: Columns, row: number): string {
  return outcomes[columns.outcome[row] as number] as string;
}
