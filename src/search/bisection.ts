/** What a trial says of the value it was made at. */
export type Decision = 'held' | 'broke' | 'undecided';

/** How a trial is to be made. */
export interface TrialContext {
  /** From 1; above it when trials at this value were undecided before. */
  readonly attempt: number;
  /** The trial confirms a value that held once: it should last longer than others. */
  readonly sustained: boolean;
  /**
   * How many times as long as usual the trial should last: 3 when sustained, and twice that of the last attempt after
   * an undecided one.
   */
  readonly stretch: number;
}

/** A trial that was made. */
export interface BisectionTrial {
  readonly value: number;
  readonly decision: Decision;
  readonly sustained: boolean;
}

/** Where to look, and how narrowly. */
export interface SearchRange {
  /** The lowest value that is tried; above 0. */
  readonly from: number;
  /** The highest, above `from`. */
  readonly to: number;
  /** The search ends when the bracket is at most this share of its lower end wide; above 0. */
  readonly width: number;
  /** How often in a row a trial is made at one value while it is undecided; at least 1. */
  readonly attempts: number;
  /** Most trials in all; at least 1. */
  readonly mostTrials: number;
  /** Only whole values are tried. */
  readonly whole: boolean;
}

/** What the trials so far say. */
export interface Bracket {
  /** The highest value below `brokeAt` at which the last trial held. */
  readonly heldAt: number | undefined;
  /** The lowest value at which the last trial broke. */
  readonly brokeAt: number | undefined;
}

/** How a search ended. */
export interface BisectionResult extends Bracket {
  /**
   * `found`: between the two it breaks, and both were confirmed. `not-reached`: it held at the highest value.
   * `broke-at-start`: it broke at the lowest. `inconclusive`: a trial stayed undecided, or the trials contradicted each
   * other to the end.
   */
  readonly status: 'found' | 'not-reached' | 'broke-at-start' | 'inconclusive';
  readonly probes: readonly BisectionTrial[];
  /** Why it ended without an answer; undefined where it has one. */
  readonly because: string | undefined;
}

/** A sustained trial lasts so many times longer than others. */
const sustainedStretch = 3;

/**
 * Looks for the value at which something breaks: doubles from the lowest until a trial breaks, halves the gap
 * (geometrically: each step takes the same share of it) until it is narrow, then confirms the value that held by a
 * sustained trial and the one that broke by another of its length. A confirmation that fails moves the bracket, and the
 * search goes on; what contradicts itself stays in the probes.
 */
export async function search(
  range: SearchRange,
  decide: (value: number, context: TrialContext) => Promise<Decision>,
): Promise<BisectionResult> {
  const probes: BisectionTrial[] = [];
  for (;;) {
    const bracket = bracketOf(probes);
    const step = nextStep(range, bracket, probes);
    if (typeof step === 'string') return { status: step, ...bracket, probes, because: undefined };
    const { value, sustained } = step;
    let decision: Decision = 'undecided';
    for (let attempt = 1; attempt <= range.attempts && decision === 'undecided'; attempt++) {
      if (probes.length >= range.mostTrials) {
        return {
          status: 'inconclusive',
          ...bracketOf(probes),
          probes,
          because: `${range.mostTrials} trials gave no answer`,
        };
      }
      const stretch = (sustained ? sustainedStretch : 1) * 2 ** (attempt - 1);
      decision = await decide(value, { attempt, sustained, stretch });
      probes.push({ value, decision, sustained });
    }
    if (decision === 'undecided') {
      const times = range.attempts === 1 ? 'the trial' : `${range.attempts} trials in a row`;
      return { status: 'inconclusive', ...bracketOf(probes), probes, because: `${times} stayed undecided` };
    }
  }
}

/**
 * Pairs of a trial that broke and one that held at a higher value, or later at the same: what a single threshold cannot
 * explain. A value that holds for a short time and breaks in a long one is none.
 */
export function contradictionsIn(
  probes: readonly BisectionTrial[],
): { readonly brokeAt: number; readonly heldAt: number }[] {
  return probes.flatMap((broke, index) => {
    if (broke.decision !== 'broke') return [];
    const against = probes.filter(
      (probe, other) =>
        probe.decision === 'held' &&
        (probe.sustained || !broke.sustained) &&
        (probe.value > broke.value || (probe.value === broke.value && other > index)),
    );
    if (against.length === 0) return [];
    return [{ brokeAt: broke.value, heldAt: Math.max(...against.map(({ value }) => value)) }];
  });
}

/** By the last decided trial at each value. */
function bracketOf(probes: readonly BisectionTrial[]): Bracket {
  const last = new Map<number, Decision>();
  for (const { value, decision } of probes) if (decision !== 'undecided') last.set(value, decision);
  const at = (wanted: Decision) => [...last].filter(([, decision]) => decision === wanted).map(([value]) => value);
  const brokeAt = at('broke').toSorted((a, b) => a - b)[0];
  const heldAt = at('held')
    .filter((value) => brokeAt === undefined || value < brokeAt)
    .toSorted((a, b) => b - a)[0];
  return { heldAt, brokeAt };
}

type BisectionStep = Pick<BisectionTrial, 'value' | 'sustained'> | Exclude<BisectionResult['status'], 'inconclusive'>;

function nextStep(
  { from, to, width, whole }: SearchRange,
  { heldAt, brokeAt }: Bracket,
  probes: readonly BisectionTrial[],
): BisectionStep {
  const heldLong = probes.some(
    ({ value, decision, sustained }) => value === heldAt && decision === 'held' && sustained,
  );
  const atBreak = probes.filter(({ value, decision }) => value === brokeAt && decision !== 'undecided').slice(-2);
  const brokeTwice = atBreak.length === 2 && atBreak.every(({ decision }) => decision === 'broke');
  // Below what only a long trial broke, short ones tell nothing.
  const onlyLong = atBreak.at(-1)?.sustained ?? false;
  if (heldAt === undefined) {
    if (brokeAt === undefined) return { value: from, sustained: false };
    return brokeTwice ? 'broke-at-start' : { value: from, sustained: false };
  }
  if (brokeAt === undefined) {
    if (heldAt < to) return { value: Math.min(2 * heldAt, to), sustained: false };
    return heldLong ? 'not-reached' : { value: to, sustained: true };
  }
  const middle = findBetween(heldAt, brokeAt, whole);
  if (brokeAt - heldAt > width * heldAt && middle !== undefined) return { value: middle, sustained: onlyLong };
  if (!heldLong) return { value: heldAt, sustained: true };
  return brokeTwice ? 'found' : { value: brokeAt, sustained: onlyLong };
}

/** The geometric mean, with three digits where that is enough to lie between; undefined where nothing does. */
function findBetween(low: number, high: number, whole: boolean): number | undefined {
  const mean = whole ? Math.round(Math.sqrt(low * high)) : Math.sqrt(low * high);
  const rounded = Number(mean.toPrecision(3));
  const middle = rounded > low && rounded < high ? rounded : mean;
  return middle > low && middle < high ? middle : undefined;
}
