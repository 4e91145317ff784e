import { type Duration, milliseconds } from '../duration.ts';
import type { Recording } from '../recording/recording.ts';
import { type BreakingPoint, valueText } from './breaking-point.ts';
import type { Judgement, Status } from './judgement.ts';
import { remember } from './remembered.ts';
import { validityOf } from './validity.ts';

/**
 * The matcher `toHoldAtLeast` on what a search found. Passes if it held at the bound or above and nothing broke at or below it,
 * fails if it broke there; else unknown, which does not pass, under `.not` neither.
 * @throws TypeError when it is given something else, or a bound in another unit than that of the search
 */
export function toHoldAtLeast(
  this: { readonly isNot?: boolean },
  received: unknown,
  bound: Duration,
): { readonly pass: boolean; readonly message: () => string } {
  const point = receivedPoint(received);
  const limit = limitOf(point, bound);
  const { status, reason } = heldAtLeast(point, limit);
  const isNot = this.isNot === true;
  const recording = (point.trials.findLast(({ value }) => value === point.heldAt) ?? point.trials.at(-1))?.recording;
  if (recording) remember(recording, [judgementOf(point, recording, limit, status, reason)], isNot);
  return {
    pass: status === 'unknown' ? isNot : status === 'pass',
    message: () => messageOf(point, limit, { status, reason }, isNot),
  };
}

interface Held {
  readonly status: Status;
  readonly reason: string;
}

/** Did it hold at `limit`? */
function heldAtLeast(point: BreakingPoint, limit: number): Held {
  const { status, heldAt, brokeAt, contradictions, to, from, unit } = point;
  const text = (value: number) => valueText(unit, value);
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
  const { of, unit, brokeFirst, picture } = point;
  const must = `hold at ${valueText(unit, limit)} or more`;
  const headline =
    status === 'unknown'
      ? `Unknown whether ${of} ${isNot ? 'does not' : 'does'} ${must}, so this does not pass (${seenText(point)}).`
      : `${of} must ${isNot ? 'not ' : ''}${must}, seen: ${seenText(point)}.`;
  const broken = brokeFirst.map(
    ({ metric, bound, shown, because }) => `${metric} must be ${bound}, seen: ${shown}.\n${because}`,
  );
  return [headline, reason, ...broken, picture].join('\n\n');
}

/** The bracket as a person reads it: `held at 400, broke at 436`. */
export function seenText({ unit, heldAt, brokeAt }: Pick<BreakingPoint, 'unit' | 'heldAt' | 'brokeAt'>): string {
  const held = heldAt === undefined ? 'held nowhere' : `held at ${valueText(unit, heldAt)}`;
  return brokeAt === undefined ? held : `${held}, broke at ${valueText(unit, brokeAt)}`;
}

function judgementOf(
  point: BreakingPoint,
  recording: Recording,
  limit: number,
  status: Status,
  reason: string,
): Judgement {
  return {
    status,
    metric: `${point.of} held`,
    value: point.heldAt ?? Number.NaN,
    shown: seenText(point),
    bound: `>= ${valueText(point.unit, limit)}`,
    samples: point.trials.length,
    validity: validityOf(recording, point.trials.length),
    window: `${point.trials.length} trials`,
    because: reason,
  };
}

// By shape: a test may hold another copy of this package than the matcher.
function receivedPoint(received: unknown): BreakingPoint {
  const isPoint = typeof received === 'object' && received !== null && 'trials' in received && 'heldAt' in received;
  if (isPoint) return received as BreakingPoint;
  const seen =
    typeof received === 'object' && received !== null && 'then' in received
      ? 'a Promise: await it first'
      : `a value of type ${received === null ? 'null' : typeof received}`;
  throw new TypeError(`toHoldAtLeast judges what await findBreakingPoint({ ... }) returned; got ${seen}`);
}

function limitOf({ of, unit }: BreakingPoint, bound: Duration): number {
  if (unit === 'duration') return milliseconds(bound, 'toHoldAtLeast');
  if (typeof bound === 'number' && Number.isFinite(bound)) return bound;
  throw new TypeError(
    `toHoldAtLeast needs a number, for ${of} was searched over numbers; got ${JSON.stringify(bound)}`,
  );
}
