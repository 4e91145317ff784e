import { type Duration, milliseconds } from '../../duration.ts';
import {
  type BreakingPoint,
  bracketText,
  objectiveText,
  searchWindow,
  type Trial,
  valueText,
} from '../breaking-point.ts';
import { isWitness, type Judgement, type Status } from '../judgement.ts';
import { assessValidity } from '../validity.ts';
import { headline } from '../words/headline.ts';
import { replayText } from '../words/replay.ts';
import { type MatcherResult, type MatcherState, mustNotPoll, once, resultOf } from './assert-on.ts';
import { isPromise } from './received.ts';
import { remember } from './remembered.ts';

/**
 * The matcher `toHoldAtLeast` on what a search found. Passes if it held at the bound or above and nothing broke at or
 * below it. Fails if it broke there. Else unknown, which does not pass, not even under `.not`.
 * @throws TypeError when it is given something else, or a bound in another unit than that of the search
 */
export function toHoldAtLeast(this: MatcherState, received: unknown, bound: Duration): MatcherResult {
  mustNotPoll(this);
  const point = receivedPoint(received);
  const limit = limitOf(point, bound);
  const held = heldAtLeast(point, limit);
  const isNot = this.isNot === true;
  const message = once(() => messageOf(point, limit, held, isNot));
  remember(point, [judgementOf(point, limit, held)], isNot, message);
  return resultOf(held.status, isNot, message);
}

interface Held {
  readonly status: Status;
  readonly reason: string;
}

/** Did it hold at `limit`? */
function heldAtLeast(point: BreakingPoint, limit: number): Held {
  const { status, heldAt, brokeAt, contradictions, to, from } = point;
  const text = (value: number) => valueText(point, value);
  if (status === 'inconclusive') return { status: 'unknown', reason: point.because };
  if (brokeAt !== undefined && brokeAt <= limit) return { status: 'fail', reason: point.because };
  if (heldAt === undefined) {
    return { status: 'unknown', reason: `It broke at ${text(from)}, the lowest value tried: search from a lower one.` };
  }
  if (heldAt < limit) {
    const remedy =
      status === 'not-reached'
        ? `The search went no higher than ${text(to)}: search to a higher value.`
        : `${text(limit)} lies between the value that held and the one that broke: assert on ${text(heldAt)}, or search with a smaller width.`;
    return { status: 'unknown', reason: remedy };
  }
  const against = contradictions.find((pair) => pair.brokeAt <= limit);
  if (!against) return { status: 'pass', reason: point.because };
  return {
    status: 'unknown',
    reason: `A trial at ${text(against.brokeAt)} broke, although one at ${text(against.heldAt)} held: something else than ${point.of} decides. Look at that trial, or search again on a quieter machine.`,
  };
}

function messageOf(point: BreakingPoint, limit: number, { status, reason }: Held, isNot: boolean): string {
  const { of, brokeFirst, picture, notes } = point;
  const must = `hold at ${valueText(point, limit)} or more`;
  const first =
    status === 'unknown'
      ? `Unknown whether the ${of} ${isNot ? 'does not' : 'does'} ${must}, so this does not pass (${bracketText(point)}).`
      : `The ${of} must ${isNot ? 'not ' : ''}${must}, seen: ${bracketText(point)}${brokenText(brokeFirst)}.`;
  const broken = brokeFirst.map((one) => `${headline(one)}\n${one.because}`);
  const { recording } = atHeld(point) ?? {};
  return [first, reason, ...broken, picture, ...notes, ...(recording ? [replayText(recording)] : [])].join('\n\n');
}

/** What broke first, for one who reads no further than the first line. */
function brokenText([first]: readonly Judgement[]): string {
  return first ? `, where ${objectiveText(first)} was ${first.shown} (bound: ${first.bound})` : '';
}

/** The last trial at the value that held, or of all. */
function atHeld({ heldAt, trials }: BreakingPoint): Trial | undefined {
  return trials.findLast(({ value }) => value === heldAt) ?? trials.at(-1);
}

function judgementOf(point: BreakingPoint, limit: number, { status, reason }: Held): Judgement {
  const { heldAt, trials } = point;
  const at = atHeld(point);
  return {
    status,
    metric: point.of,
    value: heldAt ?? Number.NaN,
    shown: bracketText(point),
    bound: `>= ${valueText(point, limit)}`,
    samples: trials.length,
    validity: at?.recording ? assessValidity(at.recording, trials.length) : unmeasured(trials.length),
    window: searchWindow,
    because: reason,
    ...(status === 'fail' && point.brokeFirst.some(isWitness) && { witness: true }),
  };
}

/** The validity of what was seen in trials that may have left no recording. */
export function unmeasured(samples: number): Judgement['validity'] {
  return { lag: null, achieved: null, saturated: 0, unsent: 0, stalled: 0, samples, needed: null };
}

// By shape: a test may hold another copy of this package than the matcher.
function receivedPoint(received: unknown): BreakingPoint {
  const isPoint = typeof received === 'object' && received !== null && 'trials' in received && 'heldAt' in received;
  if (isPoint) return received as BreakingPoint;
  const seen = isPromise(received)
    ? 'a Promise: await it first'
    : `a value of type ${received === null ? 'null' : typeof received}`;
  throw new TypeError(`toHoldAtLeast judges what await findBreakingPoint({ ... }) returned; got ${seen}`);
}

function limitOf({ of, unit }: BreakingPoint, bound: Duration): number {
  if (unit === 'duration') {
    const limit = milliseconds(bound, 'toHoldAtLeast');
    if (limit > 0) return limit;
    throw new TypeError(`toHoldAtLeast needs a time above 0, such as '30s'; got ${JSON.stringify(bound)}`);
  }
  if (typeof bound === 'number' && Number.isFinite(bound) && bound > 0) return bound;
  const seen = typeof bound === 'number' ? String(bound) : JSON.stringify(bound);
  throw new TypeError(`toHoldAtLeast needs a number above 0, for ${of} was searched over numbers; got ${seen}`);
}
