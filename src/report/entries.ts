import { readable } from '../duration.ts';
import type { AppExit, Recording } from '../recording/recording.ts';
import type { BreakingPoint } from '../verdict/breaking-point.ts';
import type { Exploration } from '../verdict/exploration.ts';
import { type Judged, judgementsOf } from '../verdict/matchers/remembered.ts';
import { type UnassertedWitness, unassertedWitnesses, witnessText } from '../verdict/matchers/unasserted.ts';
import { Repeats } from '../verdict/repeats.ts';
import type { AttemptResult, Row } from '../verdict/rows/result.ts';
import { makeJudgedRow, rowsFor, rowsForRepeats } from '../verdict/rows/rows.ts';
import { rowsForExploration, rowsForSearch } from '../verdict/rows/search-rows.ts';

/** What one call of the test left: a run, a repeated one, a search, or an exploration. */
export type Entry = (
  | { readonly recordings: readonly Recording[]; readonly judged: Recording | Repeats }
  | { readonly point: BreakingPoint }
  | { readonly exploration: Exploration }
) & {
  /** False for what the test says that it only looks at. */
  readonly toJudge: boolean;
  /**
   * Whether the test has asserted something, by any matcher, since the finding was made: the assertion has a status of
   * its own.
   */
  readonly isLookedAt?: () => boolean;
};

/** The calls of a test as rows and events. */
export function summarize(entries: readonly Entry[]): Pick<AttemptResult, 'rows' | 'events'> {
  return { rows: entries.flatMap(rowsOf), events: entries.flatMap(eventsOf) };
}

/** What the matchers judge of a call. */
export function collectJudged(entry: Entry): Judged {
  if ('point' in entry) return entry.point;
  return 'exploration' in entry ? entry.exploration : entry.judged;
}

/**
 * Finds the witnesses in the recordings of a call that no matcher was asked about. A search tells those of its trials.
 */
export function witnessesIn(entry: Entry): readonly UnassertedWitness[] {
  if (!('recordings' in entry)) return [];
  return entry.recordings.flatMap((recording) => unassertedWitnesses(recording, entry.judged));
}

function rowsOf(entry: Entry): Row[] {
  const judgements = judgementsOf(collectJudged(entry));
  if ('point' in entry) return rowsForSearch(entry.point, judgements);
  if ('exploration' in entry) return rowsForExploration(entry.exploration, judgements);
  const { judged, recordings } = entry;
  const rows = judged instanceof Repeats ? rowsForRepeats(recordings, judgements) : rowsFor(judged, judgements);
  return addWitnesses(rows, witnessesIn(entry));
}

/** A witness takes the place of the measured row of its metric. */
function addWitnesses(rows: readonly Row[], witnesses: readonly UnassertedWitness[]): Row[] {
  const found = new Map(witnesses.map((witness) => [witness.judgement.metric, witness]));
  const others = rows.filter(({ metric, verdict }) => !(verdict === 'measured' && found.has(metric)));
  const told = [...found.values()].map(
    (witness): Row => ({
      ...makeJudgedRow(witness.judgement),
      target: null,
      verdict: 'witness',
      because: `Nothing has asserted on it. ${witnessText(witness)}`,
    }),
  );
  return [...others, ...told];
}

/** A search and an exploration tell of their trials themselves. */
function eventsOf(entry: Entry): string[] {
  if (!('recordings' in entry)) return [];
  const { recordings } = entry;
  if (recordings.length === 1) return recordings.flatMap(listEvents);
  return recordings.flatMap((recording, index) =>
    listEvents(recording).map((event) => `repeat ${index + 1}: ${event}`),
  );
}

/** A title such as `trial 5: 10.6 s, repeat 2 of 3` as part of a file's name. */
export function fileNameOf(title: string): string {
  return title
    .replaceAll('/s', ' per s')
    .replaceAll(/[^a-zA-Z0-9.]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}

function listEvents(recording: Recording): string[] {
  const faults = recording.faults.map(
    (fault) =>
      `${fault.name} was in effect from ${readable(fault.inEffectAt)} to ${readable(fault.healedAt)} (${fault.bite.detail})`,
  );
  const exits = recording.exits.map(describeExit);
  return [...faults, ...exits];
}

function describeExit({ at, code, signal, asked, why, readyAt }: AppExit): string {
  const how = code === null && signal === null ? 'was not ready' : `exited with ${signal ?? `code ${code}`}`;
  const reason = asked ? ', as a fault asked' : why === undefined ? '' : `: ${why}`;
  const back = readyAt === undefined ? '' : `; ready again at ${readable(readyAt)}`;
  return `the app ${how} at ${readable(at)}${reason}${back}`;
}
