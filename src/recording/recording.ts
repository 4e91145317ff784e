import { greatest, least } from '../extremes.ts';
import { type Columns, complete, type GivenColumns } from './columns.ts';
import type {
  AppExit,
  FaultRecord,
  FinalState,
  GeneratorFacts,
  HealthPolls,
  Series,
  StatementRecord,
} from './facts.ts';
import { nameDuring, type TimeSpan, timesOfFaults } from './fault-windows.ts';

export type * from './facts.ts';

/** Everything that a run left behind. All that is asserted is computed from it. */
export interface RecordingData {
  readonly columns: GivenColumns;
  readonly generator: GeneratorFacts;
  /** Milliseconds from zero to the end of the load. */
  readonly duration: number;
  readonly faults: readonly FaultRecord[];
  readonly finalState: FinalState | undefined;
  /**
   * Why the final state that was asked for could not be read after the load; undefined where it was, or none was asked
   * for.
   */
  readonly stateUnread?: string | undefined;
  readonly exits: readonly AppExit[];
  /** What was sampled beside the load. */
  readonly series: readonly Series[];
  /** What the app said of its own health. Absent or empty where it was not asked. */
  readonly polls?: readonly HealthPolls[] | undefined;
  /** Where the databases' time went, most time first. Absent or empty where they do not count it. */
  readonly statements?: readonly StatementRecord[] | undefined;
  /** What could not be observed, and why, as sentences. */
  readonly notes?: readonly string[] | undefined;
  /** Seed of everything that was drawn at random. */
  readonly seed: number;
  /** Wall-clock start, ISO 8601. */
  readonly startedAt: string;
}

/** A span of a recording, half-open in due time: an operation belongs to the window in which it was due. */
export interface Window {
  readonly recording: Recording;
  /** `the whole run`, `during refuse(redis)`. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** What the window holds of the time from `from` to `to`, in order; all of it if undefined. */
  readonly spans?: readonly TimeSpan[];
  /** The windows that are judged in its place, each for itself; undefined where it is judged itself. */
  readonly parts?: readonly Window[];
  /** The faults that the window is about: it can only be judged if they bit. */
  readonly faults: readonly FaultRecord[];
  /** The name of the operations that it holds; all of them if undefined. */
  readonly only?: string | undefined;
}

/** A window that can be narrowed down to one kind of operation. */
export interface Span extends Window {
  /**
   * The same span with only the operations of one name: `recording.during.named('order')`.
   * @throws Error when no operation of the run has that name
   */
  named(name: string): Window;
}

/** A finished run. */
export class Recording implements Span, RecordingData {
  readonly columns: Columns;
  readonly generator: GeneratorFacts;
  readonly duration: number;
  readonly faults: readonly FaultRecord[];
  readonly finalState: FinalState | undefined;
  readonly stateUnread: string | undefined;
  readonly exits: readonly AppExit[];
  readonly series: readonly Series[];
  readonly polls: readonly HealthPolls[];
  readonly statements: readonly StatementRecord[];
  readonly notes: readonly string[];
  readonly seed: number;
  readonly startedAt: string;
  readonly name = 'the whole run';
  readonly from = 0;

  constructor(data: RecordingData) {
    this.columns = complete(data.columns);
    this.generator = data.generator;
    this.duration = data.duration;
    this.faults = data.faults;
    this.finalState = data.finalState;
    this.stateUnread = data.stateUnread;
    this.exits = data.exits;
    this.series = data.series;
    this.polls = data.polls ?? [];
    this.statements = data.statements ?? [];
    this.notes = data.notes ?? [];
    this.seed = data.seed;
    this.startedAt = data.startedAt;
  }

  get recording(): Recording {
    return this;
  }

  get to(): number {
    return this.duration;
  }

  /** From zero until the first fault was asked for; the whole run without a fault. */
  get before(): Span {
    return this.#span({ name: 'before the fault', from: 0, to: endOfBefore(this), faults: this.faults });
  }

  /**
   * From the first fault's taking effect to the last one's healing. Each fault's time is judged for itself, and the
   * worst decides.
   * @throws Error when the run had no fault
   */
  get during(): Span {
    const faults = this.#anyFaults('during');
    const times = timesOfFaults(faults);
    const [only] = times;
    if (only && times.length === 1) return this.#span(only);
    const from = least(faults.map((fault) => fault.inEffectAt));
    const to = greatest(faults.map((fault) => fault.healedAt));
    const parts = times.map((time) => ({ recording: this, ...time }));
    return this.#span({ name: nameDuring(faults), from, to, faults, parts });
  }

  /** From the last fault's healing to the end of the load. @throws Error when the run had no fault */
  get after(): Span {
    const from = greatest(this.#anyFaults('after').map((fault) => fault.healedAt));
    const name = `after ${this.faults.map((fault) => fault.name).join(' and ')}`;
    return this.#span({ name, from, to: this.duration, faults: this.faults });
  }

  /**
   * From one fault's taking effect to its healing.
   * @param fault the fault as given to `run`, or its name: `refuse(redis)`, `refuse(redis) #2` for the second of that
   * name
   * @throws Error when the run had no such fault
   */
  window(fault: { readonly name: string; readonly from?: unknown } | string): Span {
    const record = recordOf(this.faults, typeof fault === 'string' ? { name: fault } : fault);
    if (!record) {
      const name = typeof fault === 'string' ? fault : fault.name;
      const known = this.faults.map((candidate) => candidate.name).join(', ') || 'none';
      throw new Error(`recording.window: no fault ${name} in this run (its faults: ${known})`);
    }
    return this.#span({
      name: `during ${record.name}`,
      from: record.inEffectAt,
      to: record.healedAt,
      faults: [record],
    });
  }

  /**
   * The whole run with only the operations of one name.
   * @throws Error when no operation of the run has that name
   */
  named(name: string): Window {
    return namedPart(this, name);
  }

  #span(part: Omit<Window, 'recording' | 'only'>): Span {
    const window: Window = { recording: this, ...part };
    return { ...window, named: (name) => namedPart(window, name) };
  }

  #anyFaults(property: string): readonly FaultRecord[] {
    if (this.faults.length === 0) {
      throw new Error(
        `recording.${property}: this run had no fault; assert on the recording itself, or pass faults to run()`,
      );
    }
    return this.faults;
  }
}

/**
 * The instant at which `before` ends: the first request for a fault. What comes between that and its taking effect is
 * neither before nor during.
 * @returns milliseconds since zero; at most the duration
 */
export function endOfBefore({ faults, duration }: Pick<Recording, 'faults' | 'duration'>): number {
  return faults.reduce((end, { askedAt }) => Math.min(end, Number.isNaN(askedAt) ? end : askedAt), duration);
}

/** The fault of a name; of several, the one that was scheduled for a time, in milliseconds. */
function recordOf(
  faults: readonly FaultRecord[],
  { name, from }: { readonly name: string; readonly from?: unknown },
): FaultRecord | undefined {
  const named = faults.find((candidate) => candidate.name === name);
  if (typeof from !== 'number' || !named) return named;
  const alike = faults.filter((candidate) => candidate.name === name || candidate.name.startsWith(`${name} #`));
  return alike.find(({ scheduledAt }) => scheduledAt === from) ?? guessRecord(alike, from) ?? named;
}

/** A fault is asked for this many milliseconds after its time at the most, unless it has to wait for another. */
const soon = 100;

/**
 * Of recordings that do not say when a fault was scheduled: the one asked for at that time, or else the first in the
 * schedule that began later.
 */
function guessRecord(alike: readonly FaultRecord[], from: number): FaultRecord | undefined {
  const later = alike.filter(({ askedAt }) => askedAt >= from);
  const inTime = later.filter(({ askedAt }) => askedAt < from + soon).toSorted((a, b) => a.askedAt - b.askedAt);
  return inTime[0] ?? later.toSorted((a, b) => numberOf(a) - numberOf(b))[0];
}

/** 2 for `refuse(redis) #2`, 1 without a number. */
function numberOf({ name }: FaultRecord): number {
  return Number(/ #(\d+)$/.exec(name)?.[1] ?? 1);
}

/** A window with only the operations of one name. @throws Error when the recording has no such name */
export function namedPart(window: Window, name: string): Window {
  const { recording, from, to, spans, parts, faults } = window;
  const { names } = recording.columns;
  if (!names.includes(name)) {
    const known = names.map((one) => `'${one}'`).join(', ') || 'none';
    throw new Error(
      `recording.named: no operation of this run is named '${name}' (its names: ${known}); a name is what the request says, \`name: 'order'\`, or its method and path`,
    );
  }
  return {
    recording,
    name: `${window.name}, ${name} only`,
    from,
    to,
    ...(spans && { spans }),
    ...(parts && { parts: parts.map((part) => namedPart(part, name)) }),
    faults,
    only: name,
  };
}
