import { type Duration, milliseconds } from '../duration.ts';
import type { Service, Sighting } from '../stack/service.ts';

/** Something bad that happens to a service. A user's own is an object of this shape, made schedulable by {@link lasting}. */
export interface Fault {
  /** As it is written in the test: `refuse(redis)`. */
  readonly name: string;
  /** `refuse`. */
  readonly kind: string;
  readonly service: Service;
  /** Milliseconds for which a probe must wait to tell this fault from health. */
  readonly patience: number;
  /** Does this sighting through the proxy show the fault? A fault that cannot be seen did not happen. */
  shows(sighting: Sighting): boolean;
  /**
   * Brings the fault about and resolves once it is in effect; disposing heals, and resolves once that is in effect.
   * @param note records a named instant on the way (`killed`, `ready`)
   */
  inject(signal: AbortSignal, note: (instant: string) => void): Promise<AsyncDisposable>;
}

/** A fault with its time. Milliseconds since the end of the warm-up. */
export interface ScheduledFault {
  readonly name: string;
  readonly fault: Fault;
  readonly from: number;
  /** Equal to `from` for a fault that is healed as soon as it is in effect. */
  readonly to: number;
}

/** A fault that lasts: `refuse(redis).from('5s').to('10s')`, or `.from('5s').for('5s')`. */
export interface LastingFault extends Fault {
  /** @throws TypeError when a time is no duration; RangeError when it ends before it began */
  from(begin: Duration): { to(end: Duration): ScheduledFault; for(length: Duration): ScheduledFault };
}

/** A fault that may also be healed as soon as it is in effect: `restart(postgres).at('5s')`. */
export interface MomentaryFault extends LastingFault {
  /** @throws TypeError when the time is no duration */
  at(instant: Duration): ScheduledFault;
}

/**
 * The service that a fault is for, if it is one.
 * @throws TypeError naming the fault, when it is none: most often a fixture whose name is not among the services
 */
export function suffering<S extends Service>(service: S, kind: string): S {
  if (typeof (service as Partial<Service> | undefined)?.sight === 'function') return service;
  const got = service === undefined ? 'undefined' : JSON.stringify(service);
  throw new TypeError(
    `${kind}() needs a service of this test, such as ${kind}(redis); got ${got}: is its name one of resilience({ services })?`,
  );
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
