import type { FaultRecord } from './facts.ts';

/** The time of one fault, or of several that belong together, from taking effect to healing. */
export interface FaultTime {
  /** `during refuse(redis)`. */
  readonly name: string;
  /** The earliest begin and the latest end, in milliseconds. */
  readonly from: number;
  readonly to: number;
  /** The pieces of time, in order, where there are gaps between them. */
  readonly spans?: readonly TimeSpan[];
  readonly faults: readonly FaultRecord[];
}

/** Half-open, in milliseconds. */
export type TimeSpan = readonly [from: number, to: number];

/**
 * The times that are judged one by one where a run is judged during its faults:
 * - each fault's, from its taking effect to its healing; what `repeated` made is one fault, and its times are one;
 * - that of faults which overlap, together.
 */
export function timesOfFaults(faults: readonly FaultRecord[]): FaultTime[] {
  const single = groupRepeated(faults).map((group, index, groups) => {
    const earlier = groups.slice(0, index).filter(([other]) => other?.name === group[0]?.name).length;
    return timeOf(group, earlier > 0 ? `, time ${earlier + 1}` : '');
  });
  const together = groupOverlapping(faults)
    .map((group) => timeOf(group))
    .filter((time) => !single.some(({ from, to, spans }) => from === time.from && to === time.to && !spans));
  return [...single, ...together];
}

/** `during refuse(redis) and crash(postgres)`. */
export function nameDuring(faults: readonly FaultRecord[]): string {
  return `during ${faults.map(({ name }) => name).join(' and ')}`;
}

function timeOf(faults: readonly FaultRecord[], which = ''): FaultTime {
  const spans = mergeSpans(faults.map(({ inEffectAt, healedAt }): TimeSpan => [inEffectAt, healedAt]));
  const [first] = faults;
  const isRepeated = faults.length > 1 && faults.every((fault) => isOfSeries(fault, first));
  return {
    name: isRepeated ? `during ${first?.name}, ${faults.length} times` : `${nameDuring(faults)}${which}`,
    // A fault without a begin or an end leaves the time without one.
    from: faults.reduce((from, { inEffectAt }) => Math.min(from, inEffectAt), Number.POSITIVE_INFINITY),
    to: faults.reduce((to, { healedAt }) => Math.max(to, healedAt), Number.NEGATIVE_INFINITY),
    ...(spans.length > 1 && { spans }),
    faults,
  };
}

function isOfSeries(fault: FaultRecord, first: FaultRecord | undefined): boolean {
  return fault === first || (fault.repeatOf !== undefined && fault.repeatOf === first?.name);
}

function groupRepeated(faults: readonly FaultRecord[]): FaultRecord[][] {
  const groups: FaultRecord[][] = [];
  for (const fault of faults) {
    const group = groups.find(([first]) => isOfSeries(fault, first));
    if (group) group.push(fault);
    else groups.push([fault]);
  }
  return groups;
}

/** Two faults or more that are linked by overlaps; none of those that overlap no other. */
function groupOverlapping(faults: readonly FaultRecord[]): FaultRecord[][] {
  const inOrder = faults
    .filter(({ inEffectAt, healedAt }) => inEffectAt < healedAt)
    .toSorted((one, other) => one.inEffectAt - other.inEffectAt);
  const groups: FaultRecord[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const fault of inOrder) {
    if (fault.inEffectAt < end) groups.at(-1)?.push(fault);
    else groups.push([fault]);
    end = Math.max(end, fault.healedAt);
  }
  return groups.filter(({ length }) => length > 1);
}

/** Spans in order, those that overlap or touch as one. */
function mergeSpans(spans: readonly TimeSpan[]): TimeSpan[] {
  const merged: TimeSpan[] = [];
  for (const [from, to] of spans.toSorted((one, other) => one[0] - other[0])) {
    const last = merged.at(-1);
    if (last && from <= last[1]) merged[merged.length - 1] = [last[0], Math.max(last[1], to)];
    else merged.push([from, to]);
  }
  return merged;
}
