import { combine, isWitness, type Judgement, type Status } from '../judgement.ts';
import type { Ends } from '../words/evidence.ts';

/**
 * What the repeats of a run come to as a whole, from the judgements of each: one per metric, window and bound. A
 * witness in any repeat fails. Else all passes are a pass, failures of all that could be judged are a failure, and the
 * rest is unknown. Where a typical run lies right on the bound, five repeats are on one side of it by chance once in 16
 * times.
 * @param judged one list for each repeat
 */
export function wholeOf(judged: readonly (readonly Judgement[])[]): Judgement[] {
  const groups = new Map<string, Judgement[]>();
  for (const judgement of judged.flat()) {
    const key = JSON.stringify([judgement.metric, judgement.window, judgement.bound]);
    groups.set(key, [...(groups.get(key) ?? []), judgement]);
  }
  return [...groups.values()].map((group) => oneOf(group, judged.length));
}

function oneOf(group: readonly Judgement[], repeats: number): Judgement {
  const status = statusOf(group, repeats);
  const { interval: _, witness: __, ends: ___, ...middle } = medianOf(group);
  return {
    ...middle,
    status,
    shown: withSpread(group),
    samples: group.reduce((sum, { samples }) => sum + samples, 0),
    repeats: group.map(({ value }) => value),
    because: [verdictText(group, status, repeats), ...toldOf(group, status)].join('\n'),
    ...(group.some(isWitness) && { witness: true }),
  };
}

function statusOf(group: readonly Judgement[], repeats: number): Status {
  const statuses = new Set(group.map(({ status }) => status));
  if (group.some(isWitness)) return 'fail';
  if (statuses.has('pass')) return statuses.size === 1 && group.length === repeats ? 'pass' : 'unknown';
  return statuses.has('fail') ? 'fail' : 'unknown';
}

/** The repeat whose value lies in the middle, by nearest rank; of those without a value only where none has one. */
export function medianOf<T extends { readonly value: number | null }>(group: readonly T[]): T {
  const valued = ascending(group);
  return (valued[Math.ceil(valued.length / 2) - 1] ?? group[0]) as T;
}

/** A value with its ends as a person reads them. */
interface Spread {
  readonly value: number | null;
  readonly shown: string;
  readonly ends?: Ends;
}

/**
 * The median as shown, with the lowest and the highest value: `43 ms (38 ms to 51 ms)`. Of values that are ranges
 * themselves (best to worst case), from the low end of the lowest to the high end of the highest.
 */
export function withSpread(group: readonly Spread[]): string {
  const valued = ascending(group);
  const [lowest, highest] = [valued[0], valued.at(-1)];
  const { shown } = medianOf(group);
  if (!lowest || !highest) return shown;
  const [low, high] = [lowest.ends?.[0] ?? lowest.shown, highest.ends?.[1] ?? highest.shown];
  return low === high ? shown : `${shown} (${low} to ${high})`;
}

function ascending<T extends { readonly value: number | null }>(group: readonly T[]): T[] {
  const numberOf = (one: T) => one.value ?? Number.NaN;
  return group.filter((one) => !Number.isNaN(numberOf(one))).toSorted((a, b) => order(numberOf(a), numberOf(b)));
}

// Two infinities have no difference.
function order(a: number, b: number): number {
  return a < b ? -1 : Number(a > b);
}

function verdictText(group: readonly Judgement[], status: Status, repeats: number): string {
  const count = (wanted: Status) => group.filter((one) => one.status === wanted).length;
  const [pass, fail, unknown] = [count('pass'), count('fail'), count('unknown')];
  if (status === 'pass') return `All ${repeats} repeats pass.`;
  if (group.some(isWitness)) {
    return `${fail} of ${repeats} repeats ${fail === 1 ? 'has' : 'have'} a witness against it, and one is enough.`;
  }
  if (status === 'fail') {
    return unknown === 0
      ? `All ${repeats} repeats fail.`
      : `All of the ${fail} repeats that could be judged fail; ${unknown} of ${repeats} could not.`;
  }
  if (fail > 0) {
    return `${pass} of ${repeats} repeats pass and ${fail} fail: the spread lies on both sides of the bound. Assert on a bound that clears it, or look for what differs between the repeats.`;
  }
  return `${pass} of ${repeats} repeats pass, and ${repeats - pass} could not be judged.`;
}

/** What each repeat came to, and the reasons of the first of those that decide. */
function toldOf(group: readonly Judgement[], status: Status): string[] {
  const each = group.map((one, index) => `repeat ${index + 1}: ${one.status}, ${one.shown}`).join('; ');
  const decisive = combine(group);
  const index = group.findIndex((one) => (group.some(isWitness) ? isWitness(one) : one.status === decisive));
  if (status === 'pass') return [each];
  return [each, `Of repeat ${index + 1}:`, group[index]?.because ?? ''];
}
