import { setTimeout as sleep } from 'node:timers/promises';
import { type Duration, milliseconds, readable } from '../../duration.ts';
import type { Service } from '../../stack/service.ts';
import { writeCall } from '../code.ts';
import { type Fault, type LastingFault, lasting, requireService, type ScheduledFault, throughProxy } from '../fault.ts';

/** How often a service goes down, and for how long. */
export interface FlappingOptions {
  /**
   * How often it goes down; at least 2. Then it lasts as long as that takes, and begins `.at()`. Default: as long as it
   * is scheduled for.
   */
  readonly times?: number;
  /** How long it is down each time; at least 400 ms, so that it can be seen. */
  readonly down: Duration;
  /** How long it is up in between; at least 50 ms. */
  readonly up: Duration;
}

/** A {@link flapping} service: `.at('5s')` with `times`, `.from('5s').to('15s')` without. */
export interface FlappingFault extends LastingFault {
  /** @throws TypeError when the time is not a duration, or `times` was not given */
  at(begin: Duration): ScheduledFault;
}

/** Minimum down phase (ms): a shorter one could lie between two looks. */
const shortestDown = 400;
const shortestUp = 50;
const look = 150;

/**
 * Again and again new connections are refused and existing ones cut for `down`, and then it is as ever for `up`. It
 * begins with down, and with `times` ends after the last of them.
 * @throws TypeError when a time is not a duration; RangeError when one is too short, or `times` is not a whole number
 *   from 2; `.from().to()` and `.after().for()` when `times` make it another length
 */
export function flapping(service: Service, options: FlappingOptions): FlappingFault {
  const { name: target, proxy } = requireService(service, 'flapping');
  const { times } = options ?? {};
  const down = readLength(options?.down, shortestDown, `flapping(${target}) down`);
  const up = readLength(options?.up, shortestUp, `flapping(${target}) up`);
  if (times !== undefined && !(Number.isInteger(times) && times >= 2)) {
    throw new RangeError(`flapping(${target}): times must be a whole number from 2; got ${String(times)}`);
  }
  const name = `flapping(${target}, ${times === undefined ? '' : `${times} x `}${readable(down)} down, ${readable(up)} up)`;
  let ups = 0;
  const sighted = throughProxy(service, look, ({ kind }) => kind === 'refused');
  const fault: Fault = {
    name,
    code: writeCall('flapping', target, options),
    kind: 'flapping',
    ...sighted,
    patience: up + 2 * look,
    holds: ['wire'],
    async look() {
      // The service may be up at this moment. Then the look waits for the next down phase.
      const deadline = performance.now() + up + look;
      let seen = await sighted.look();
      while (!seen.seen && performance.now() < deadline) {
        await sleep(20);
        seen = await sighted.look();
      }
      return { ...seen, detail: `${seen.detail}, and it had been up again ${ups} ${ups === 1 ? 'time' : 'times'}` };
    },
    async inject() {
      ups = 0;
      const healed = new AbortController();
      await proxy.disable();
      const flaps = alternate(proxy, { down, up }, healed.signal, () => {
        ups += 1;
      });
      // The healing throws it.
      flaps.catch(() => undefined);
      return {
        async [Symbol.asyncDispose]() {
          healed.abort();
          const [alternating] = await Promise.allSettled([flaps]);
          await proxy.enable();
          if (alternating.status === 'rejected') throw alternating.reason;
        },
      };
    },
  };
  const timed = lasting(fault);
  if (times === undefined) {
    const at = (): never => {
      throw new TypeError(`${name}.at() needs times: give it, or write .from('5s').to('15s')`);
    };
    return { ...timed, at };
  }
  const length = times * down + (times - 1) * up;
  const checkLength = (scheduled: ScheduledFault): ScheduledFault => {
    const given = scheduled.to - scheduled.from;
    if (Math.abs(given - length) < 1) return scheduled;
    throw new RangeError(
      `${name} lasts ${readable(length)} by its times, and was given ${readable(given)}: write .at(), give it ${readable(length)}, or leave out times`,
    );
  };
  return {
    ...timed,
    from(begin) {
      const open = timed.from(begin);
      return { to: (end) => checkLength(open.to(end)), for: (given) => checkLength(open.for(given)) };
    },
    after(other, delay) {
      const open = timed.after(other, delay);
      return { for: (given) => checkLength(open.for(given)) };
    },
    at: (begin) => timed.from(begin).for(length),
  };
}

/** Alternates, from down on, until it is aborted. @throws Error of the proxy; nothing changes after that */
async function alternate(
  proxy: Service['proxy'],
  { down, up }: { readonly down: number; readonly up: number },
  healed: AbortSignal,
  onUp: () => void,
): Promise<void> {
  // By the clock. Otherwise the time of each change would add up, and the last down phase would be missing.
  let due = performance.now();
  const wait = (ms: number): Promise<boolean> => {
    due += ms;
    return sleep(Math.max(0, due - performance.now()), true, { signal: healed }).catch(() => false);
  };
  while (await wait(down)) {
    await proxy.enable();
    onUp();
    if (!(await wait(up))) return;
    await proxy.disable();
  }
}

function readLength(length: Duration, shortest: number, subject: string): number {
  const ms = milliseconds(length, subject);
  if (ms >= shortest) return ms;
  throw new RangeError(`${subject} must be at least ${shortest} ms; got ${JSON.stringify(length)}`);
}
