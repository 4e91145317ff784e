// Faults: what each does to a service or to the app, how it is seen, and when. One file a fault, in wire, process,
// postgres and redis; this folder holds what they share. Begin here, then run-schedule.ts. Imports stack and recording,
// never load, proxy, wire or judging.

import { type Duration, milliseconds, readable } from '../duration.ts';
import type { Service, Sighting } from '../stack/service.ts';

/** The target of a fault: a service of the test, or the app. */
export interface Subject {
  /** The user's name for it. */
  readonly name: string;
  /** `postgres`, `redis`, `app`. */
  readonly kind: string;
  /** Connections of the app to a service; for the app itself 1 while it runs. */
  connections(): Promise<number>;
}

/** What a look at a fault saw. */
export interface Look {
  readonly seen: boolean;
  /** Reads on after "at its start": `a probe was refused`. */
  readonly detail: string;
}

/**
 * Something bad that happens to a service or to the app. A fault of your own is an object of this shape;
 * {@link lasting} gives it its times.
 */
export interface Fault {
  /** As it is written in the test: `refuse(redis)`. */
  readonly name: string;
  /** The fault as code, when the name is not code: `latency(redis, '50ms')`. */
  readonly code?: string;
  /** `refuse`. */
  readonly kind: string;
  readonly subject: Subject;
  /**
   * The parts of its subject that the fault holds while it lasts: `wire` (what a probe through the proxy sees),
   * `server` (the process and its memory), or a word of its own. Two faults of one subject that overlap in time may not
   * share a part, because neither could be seen.
   */
  readonly holds: readonly string[];
  /** Maximum time (ms) of a look. */
  readonly patience: number;
  /** Looks from outside whether the fault is in effect now. A fault that cannot be seen did not happen. */
  look(): Promise<Look>;
  /**
   * Brings the fault about; resolves once it is in effect. Disposing heals it; that resolves once it is healed. When
   * `inject` rejects, nothing of the fault is left.
   * @param note records an instant by name, such as `killed` or `ready`
   */
  inject(signal: AbortSignal, note: (instant: string) => void): Promise<AsyncDisposable>;
}

/** A fault with its time, in milliseconds since the end of the warm-up. */
export interface ScheduledFault {
  readonly name: string;
  readonly fault: Fault;
  readonly from: number;
  /** Equal to `from` for a fault that is healed as soon as it is in effect. */
  readonly to: number;
  /**
   * Set for a fault that begins `delay` milliseconds after another is healed. Then `from` and `to` are the earliest
   * times that are possible.
   */
  readonly after?: { readonly other: ScheduledFault; readonly delay: number };
  /** The first of them, where `repeated` made this one as the second or a later one. */
  readonly repeatOf?: ScheduledFault;
}

/** A fault that lasts: `refuse(redis).from('5s').to('10s')`, or `.from('5s').for('5s')`. */
export interface LastingFault extends Fault {
  /** @throws TypeError when a time is not a duration; RangeError when it ends before it began */
  from(begin: Duration): { to(end: Duration): ScheduledFault; for(length: Duration): ScheduledFault };
  /**
   * Begins when another fault of the run is healed, however long that takes. To hit the app right after its start:
   *
   * ```ts
   * const freshStart = restart(app).at('3s');
   * const faults = [freshStart, refuse(redis).after(freshStart).for('2s')];
   * ```
   *
   * @param delay time to wait after the other fault is healed; default 0
   * @throws TypeError when the other is not a fault with its time, or the delay is not a duration
   */
  after(other: ScheduledFault, delay?: Duration): { for(length: Duration): ScheduledFault };
}

/** A fault that may also be healed as soon as it is in effect: `restart(postgres).at('5s')`. */
export interface MomentaryFault extends LastingFault {
  /** @throws TypeError when the time is not a duration */
  at(instant: Duration): ScheduledFault;
}

/**
 * Checks that a fault was given a service.
 * @throws TypeError naming the fault, when it was given something else: most often a fixture that is not among the
 *   services
 */
export function requireService<S extends Service>(service: S, kind: string): S {
  if (typeof (service as Partial<Service> | undefined)?.sight === 'function') return service;
  const got = service === undefined ? 'undefined' : JSON.stringify(service);
  throw new TypeError(
    `${kind}() needs a service of this test, such as ${kind}(redis); got ${got}: is its name one of resilience({ services })?`,
  );
}

/**
 * Looks at a service through the proxy, as its clients do.
 * @param patience time (ms) for which a probe must wait to tell the fault from health
 * @param shows whether a sighting shows the fault
 */
export function throughProxy(
  service: Service,
  patience: number,
  shows: (sighting: Sighting) => boolean,
): Pick<Fault, 'subject' | 'patience' | 'look'> {
  return {
    subject: service,
    patience,
    async look() {
      const sighting = await service.sight('proxy', patience);
      const after = 'after' in sighting ? ` after ${readable(sighting.after)}` : '';
      return { seen: shows(sighting), detail: `a probe was ${sighting.kind}${after}` };
    },
  };
}

/** Gives a fault its `.from().to()` and `.from().for()`. */
export function lasting(fault: Fault): LastingFault {
  return {
    ...fault,
    from(begin) {
      const from = milliseconds(begin, `${fault.name}.from()`);
      const until = (to: number, written: string): ScheduledFault => {
        if (to > from) return { name: fault.name, fault, from, to };
        throw new RangeError(`${fault.name}: ${written} must come after .from(${JSON.stringify(begin)})`);
      };
      return {
        to: (end) => until(milliseconds(end, `${fault.name}.from().to()`), `.to(${JSON.stringify(end)})`),
        for: (length) =>
          until(
            from + milliseconds(length, `${fault.name}.from().for()`),
            `the end of .for(${JSON.stringify(length)})`,
          ),
      };
    },
    after(other, delay = 0) {
      if (typeof other?.to !== 'number') {
        throw new TypeError(
          `${fault.name}.after() needs a fault with its time, such as restart(app).at('3s'), and that fault must be among the faults of the run`,
        );
      }
      const wait = milliseconds(delay, `${fault.name}.after() delay`);
      const from = other.to + wait;
      return {
        for(length) {
          const to = from + milliseconds(length, `${fault.name}.after().for()`);
          if (to > from) return { name: fault.name, fault, from, to, after: { other, delay: wait } };
          throw new RangeError(`${fault.name}.after().for(${JSON.stringify(length)}) must be longer than 0`);
        },
      };
    },
  };
}

/** Gives a fault `.at()` besides its `.from().to()`. */
export function momentary(fault: Fault): MomentaryFault {
  return {
    ...lasting(fault),
    at(instant) {
      const at = milliseconds(instant, `${fault.name}.at()`);
      return { name: fault.name, fault, from: at, to: at };
    },
  };
}
