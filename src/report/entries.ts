import { readable } from '../duration.ts';
import type { AppExit, Recording } from '../recording/recording.ts';
import type { BreakingPoint } from '../verdict/breaking-point.ts';
import type { Exploration } from '../verdict/exploration.ts';
import { combined, type Judgement } from '../verdict/judgement.ts';
import { type Judged, judgementsOf } from '../verdict/remembered.ts';
import { Repeats } from '../verdict/repeats.ts';
import type { Row, TestResult } from '../verdict/result.ts';
import { rowsFor, rowsForRepeats } from '../verdict/rows.ts';
import { rowsForExploration, rowsForSearch } from '../verdict/search-rows.ts';

/** What the report shows of one call of the test: a run, a repeated one, a search, or an exploration. */
export type Entry =
  | { readonly recordings: readonly Recording[]; readonly judged: Recording | Repeats }
  | { readonly point: BreakingPoint }
  | { readonly exploration: Exploration };

/** What the calls of a test came to, as rows and events. */
export function told(entries: readonly Entry[]): Pick<TestResult, 'status' | 'rows' | 'events'> {
  const judged = entries.map((entry) => {
    const judgements = judgementsOf(judgedIn(entry));
    return { judgements, rows: rowsOf(entry, judgements), events: eventsOf(entry) };
  });
  const rows = judged.flatMap((one) => one.rows);
  const judgements = judged.flatMap((one) => one.judgements);
  return { status: statusOf(rows, judgements), rows, events: judged.flatMap((one) => one.events) };
}

function judgedIn(entry: Entry): Judged {
  if ('point' in entry) return entry.point;
  return 'exploration' in entry ? entry.exploration : entry.judged;
}

function rowsOf(entry: Entry, judgements: readonly Judgement[]): Row[] {
  if ('point' in entry) return rowsForSearch(entry.point, judgements);
  if ('exploration' in entry) return rowsForExploration(entry.exploration, judgements);
  const { judged, recordings } = entry;
  return judged instanceof Repeats ? rowsForRepeats(recordings, judgements) : rowsFor(judged, judgements);
}

/** A search and an exploration tell of their trials themselves. */
function eventsOf(entry: Entry): string[] {
  if (!('recordings' in entry)) return [];
  const { recordings } = entry;
  if (recordings.length === 1) return recordings.flatMap(eventsIn);
  return recordings.flatMap((recording, index) => eventsIn(recording).map((event) => `repeat ${index + 1}: ${event}`));
}

/** A title such as `trial 5: 10.6 s, repeat 2 of 3` as part of a file's name. */
export function fileName(title: string): string {
  return title
    .replaceAll('/s', ' per s')
    .replaceAll(/[^a-zA-Z0-9.]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}

function eventsIn(recording: Recording): string[] {
  const faults = recording.faults.map(
    (fault) =>
      `${fault.name} was in effect from ${readable(fault.inEffectAt)} to ${readable(fault.healedAt)} (${fault.bite.detail})`,
  );
  const exits = recording.exits.map(exitLine);
  return [...faults, ...exits];
}

function exitLine({ at, code, signal, asked, why, readyAt }: AppExit): string {
  const how = code === null && signal === null ? 'was not ready' : `exited with ${signal ?? `code ${code}`}`;
  const reason = asked ? ', as a fault asked' : why === undefined ? '' : `: ${why}`;
  const back = readyAt === undefined ? '' : `; ready again at ${readable(readyAt)}`;
  return `the app ${how} at ${readable(at)}${reason}${back}`;
}

function statusOf(rows: readonly Row[], judgements: readonly Judgement[]): TestResult['status'] {
  return rows.some((row) => row.verdict === 'fail') ? 'fail' : combined(judgements);
}
