import { stripVTControlCharacters } from 'node:util';
import { explorationText, hasWitness } from '../verdict/exploration.ts';
import { combine, isWitness } from '../verdict/judgement.ts';
import { type Assertion, assertionsOf, isRead } from '../verdict/matchers/remembered.ts';
import type { AttemptResult, Row, TestKey } from '../verdict/rows/result.ts';
import { whereText } from '../verdict/words/replay.ts';
import { collectJudged, type Entry, summarize, witnessesIn } from './entries.ts';

/** What the worker knows of one attempt of a test; how it ended is Vitest's to say. */
export interface AttemptReport {
  readonly key: TestKey;
  /** Which attempt it was, from 1. */
  readonly attempt: number;
  /** Which repeat of the test it belongs to, from 0: an attempt tries again only what failed in its own repeat. */
  readonly repeat: number;
  readonly result: Omit<AttemptResult, 'status' | 'errors'>;
  /** Messages that tell of an unknown, or of nothing that was judged: a failure by nothing else is unknown. */
  readonly doubts: readonly string[];
  /** What no other attempt can undo, `lost: 1 key`. Only of an attempt that failed. */
  readonly witnesses: readonly string[];
  /** Why an attempt that went well so far must fail: nothing was judged. */
  readonly unjudged: string | undefined;
}

/** What an attempt has come to before anybody reports it. */
export interface EndedAttempt extends Pick<AttemptReport, 'key' | 'attempt' | 'repeat'> {
  readonly entries: readonly Entry[];
  readonly result: Omit<AttemptReport['result'], 'rows' | 'events'>;
  /** Events of the stack. */
  readonly events: readonly string[];
  /** Messages of the errors that the attempt has so far. */
  readonly errors: readonly string[];
}

/** Says what an attempt has come to, from what its calls left and from the errors that it has. */
export function reportAttempt({ entries, events, errors, result, ...identity }: EndedAttempt): AttemptReport {
  const assertions = entries.flatMap((entry) => assertionsOf(collectJudged(entry)));
  const thrown = assertions.filter((assertion) => isThrown(assertion, errors));
  const unjudged = unjudgedText(entries, result.folder);
  const { rows, events: own } = summarize(entries);
  const unknown = assertions.filter(({ judgements }) => combine(judgements) === 'unknown');
  return {
    ...identity,
    result: { ...result, rows: rows.map((row) => markRead(row, thrown)), events: [...own, ...events] },
    doubts: [...unknown.map(({ message }) => message()), ...(unjudged === undefined ? [] : [unjudged])],
    witnesses: errors.length === 0 ? [] : standingWitnesses(entries, thrown),
    unjudged,
  };
}

/** Whether the errors of a failure tell of nothing but unknowns. */
export function isExplained(errors: readonly string[], doubts: readonly string[]): boolean {
  const known = doubts.map(stripVTControlCharacters);
  return (
    errors.length > 0 && errors.every((error) => known.some((doubt) => stripVTControlCharacters(error).includes(doubt)))
  );
}

/**
 * Says why an attempt must fail that passed as a retry: an earlier attempt in the same repeat found what no retry can
 * undo. Undefined where none did.
 */
export function standingText({ repeat }: AttemptReport, earlier: readonly AttemptReport[]): string | undefined {
  const found = earlier.filter((one) => one.repeat === repeat && one.witnesses.length > 0);
  if (found.length === 0) return undefined;
  const told = found.map(({ attempt, witnesses }) => `attempt ${attempt}: ${witnesses.join('; ')}`).join('; ');
  const where = found.map(({ attempt, result }) => `Of attempt ${attempt}: ${whereText(result)}`);
  return [`This attempt passed, but no retry undoes what an earlier one found (${told}).`, ...where].join('\n');
}

/**
 * Whether an assertion's message is among the errors. Any other that did not hold was caught, and read, by the test.
 */
function isThrown({ judgements, message }: Assertion, errors: readonly string[]): boolean {
  if (errors.length === 0 || combine(judgements) === 'pass') return false;
  const said = stripVTControlCharacters(message());
  return errors.some((error) => stripVTControlCharacters(error).includes(said));
}

function markRead(row: Row, thrown: readonly Assertion[]): Row {
  if (row.verdict !== 'fail' && row.verdict !== 'unknown') return row;
  const decides = thrown.some(({ judgements }) =>
    judgements.some(
      ({ metric, window, bound }) => metric === row.metric && window === row.window && bound === row.target,
    ),
  );
  return decides ? row : { ...row, read: true };
}

function standingWitnesses(entries: readonly Entry[], thrown: readonly Assertion[]): string[] {
  const asserted = thrown
    .flatMap(({ judgements }) => judgements)
    .filter(isWitness)
    .map(({ metric, shown }) => `${metric}: ${shown}`);
  const toJudge = entries.filter((entry) => entry.toJudge);
  const unasserted = toJudge.flatMap(witnessesIn).map(({ judgement: { metric, shown } }) => `${metric}: ${shown}`);
  const explored = toJudge.flatMap((entry) =>
    'exploration' in entry && hasWitness(entry.exploration) && assertionsOf(entry.exploration).length === 0
      ? [explorationText(entry.exploration)]
      : [],
  );
  return [...new Set([...asserted, ...unasserted, ...explored])];
}

/** Why a test may not pass that looked at nothing of what it ran; undefined where it did, or says that it need not. */
function unjudgedText(entries: readonly Entry[], folder: string): string | undefined {
  const open = entries.filter((entry) => entry.toJudge && !isRead(collectJudged(entry)) && !entry.isLookedAt?.());
  const [first] = open;
  if (!first) return undefined;
  const [call, remedy] = callOf(first);
  const calls = open.map((entry) => entries.indexOf(entry) + 1).join(', ');
  const count = entries.length === 1 ? '' : ` (call ${calls} of ${entries.length})`;
  return `Nothing was judged of what ${call}${count} left, so this does not pass. Assert on it: ${remedy}. If the test only looks at it, say so: ${call.replace('()', '({ judged: false })')}.\n${whereText({ folder })}`;
}

function callOf(entry: Entry): [call: string, remedy: string] {
  if ('point' in entry) return ['findBreakingPoint()', 'expect(point).toHoldAtLeast(...)'];
  if ('exploration' in entry) return ['explore()', 'expect(exploration).toHoldThroughout()'];
  return ['run()', "expect(recording).toHaveErrorRateBelow('1%')"];
}
