import { setTimeout as sleep } from 'node:timers/promises';
import { now } from '../../recording/clock.ts';
import type { App } from '../../stack/app/app.ts';
import type { Pausable } from '../../stack/service.ts';
import { writeCall } from '../code.ts';
import { type Fault, type LastingFault, type Look, lasting } from '../fault.ts';
import { isApp, subjectOf } from './app-subject.ts';
import { type PausableService, requirePausable } from './pause.ts';

/**
 * Milliseconds of one round of running and standing still. Where pausing takes the runtime long, a round is longer:
 * what is kept is the share.
 */
const period = 100;

/** What {@link slow} takes. */
export interface Slowness {
  /** The share of its speed that is left: `'10%'` or 0.1. From 1 % to 75 %. */
  readonly to: `${number}%` | number;
}

/** Halts that a look waits for. */
const halts = 3;
/**
 * Milliseconds that a probe waits for its answer: about as long as a halt, for the answer comes after it, and may take
 * its time.
 */
const probeWithin = period;

/**
 * The server, or the app, runs for a share of the time only, as on a machine that others use or whose CPU is throttled:
 * all its processes are stopped and let go on in turn, in rounds of 100 ms. So `{ to: '10%' }` is 10 ms of running and
 * 90 ms of standing still: a second of work takes ten, and a request that is quick waits 40 ms on average and 90 ms at
 * most. Nothing is lost.
 * @throws TypeError when it is neither a service that runs as a server of the stack nor the app; RangeError when the
 *   share is not from 1 % to 75 %
 */
export function slow(subject: PausableService | App, slowness: Slowness): LastingFault {
  const share = shareOf(slowness?.to);
  if (isApp(subject)) {
    const held = async (): Promise<boolean> => subject.state === 'paused';
    return makeSlow(subject, share, 'process table', { subject: subjectOf(subject), holds: ['process'] }, held);
  }
  const service = requirePausable(subject, 'slow');
  const held = async ({ ends }: Halt): Promise<boolean> => {
    const answer = service.sight('proxy', probeWithin).then(({ kind }) => kind === 'silent');
    const unanswered = await Promise.race([answer, ends.then(() => true)]);
    // No probe of ours outlives the look.
    await answer;
    return unanswered;
  };
  return makeSlow(service, share, 'probe', { subject: service, holds: ['wire', 'server'] }, held);
}

/** @param held whether it is seen to stand still during a halt, which has just begun */
function makeSlow(
  subject: PausableService | App,
  share: number,
  by: 'probe' | 'process table',
  about: Pick<Fault, 'subject' | 'holds'>,
  held: (halt: Halt) => Promise<boolean>,
): LastingFault {
  let cycle: DutyCycle | undefined;
  return lasting({
    name: `slow(${subject.name}, ${Math.round(100 * share)} %)`,
    code: writeCall('slow', subject.name, { to: share }),
    kind: 'slow',
    ...about,
    patience: (halts + 1) * period,
    look: () => look(cycle, held, by),
    async inject() {
      const begun = await DutyCycle.begin(subject, share);
      cycle = begun;
      return {
        async [Symbol.asyncDispose]() {
          cycle = undefined;
          await begun[Symbol.asyncDispose]();
        },
      };
    },
  });
}

/**
 * Halt by halt, for an answer that takes long may have other reasons: whether it really stands still when it should.
 */
async function look(
  cycle: DutyCycle | undefined,
  held: (halt: Halt) => Promise<boolean>,
  by: 'probe' | 'process table',
): Promise<Look> {
  if (!cycle) return { seen: false, detail: 'it ran all the time' };
  let seen = 0;
  for (let n = 0; n < halts; n++) {
    const halt = await cycle.nextHalt();
    if (halt && (await held(halt))) seen++;
  }
  const what = by === 'probe' ? 'a probe went unanswered' : 'its processes stood still';
  return { seen: seen === halts, detail: `${what} in ${seen} of ${halts} halts` };
}

function shareOf(to: Slowness['to']): number {
  const [, number] = /^(\d+(?:\.\d+)?)%$/.exec(String(to)) ?? [];
  const share = number === undefined ? to : Number(number) / 100;
  if (typeof share === 'number' && share >= 0.01 && share <= 0.75) return share;
  throw new RangeError(
    `slow(): the share of its speed that is left, { to }, must be from 1 % to 75 %, such as '10%' or 0.1; got ${JSON.stringify(to)}`,
  );
}

/** One time that something stands still. */
interface Halt {
  /** Resolves just before it goes on. */
  readonly ends: Promise<void>;
}

/** Holds something still again and again, so that it runs for a share of the time only. Disposing it lets it go on. */
export class DutyCycle implements AsyncDisposable {
  readonly #subject: Pausable;
  readonly #share: number;
  readonly #over = new AbortController();
  #running: Promise<void> = Promise.resolve();
  /** Those who wait for the next halt. */
  #waiting: ((halt: Halt | undefined) => void)[] = [];

  private constructor(subject: Pausable, share: number) {
    this.#subject = subject;
    this.#share = share;
  }

  /** Resolves when it stands still for the first time. @param share of the time that it runs, above 0 and below 1 */
  static async begin(subject: Pausable, share: number): Promise<DutyCycle> {
    const cycle = new DutyCycle(subject, share);
    await cycle.#pause();
    cycle.#running = cycle.#run().finally(() => {
      cycle.#over.abort();
      cycle.#tell(undefined);
    });
    // It is thrown where it is waited for.
    cycle.#running.catch(() => undefined);
    return cycle;
  }

  /** The next halt, as soon as it begins; undefined when there is none any more. */
  nextHalt(): Promise<Halt | undefined> {
    if (this.#over.signal.aborted) return Promise.resolve(undefined);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    try {
      await this.#running;
    } finally {
      await this.#subject.resume();
    }
  }

  async #run(): Promise<void> {
    const share = this.#share;
    let ran = share * period;
    while (!this.#over.signal.aborted) {
      const { promise: ends, resolve: goOn } = Promise.withResolvers<void>();
      this.#tell({ ends });
      // A round in which it ran for too long, since we were late, is made up for; a stall of ours does not hold it for
      // ever.
      await this.#wait(Math.min((ran * (1 - share)) / share, 2 * period));
      goOn();
      await this.#subject.resume();
      const freed = now();
      await this.#wait(share * period);
      if (this.#over.signal.aborted) return;
      await this.#pause();
      ran = now() - freed;
    }
  }

  #tell(halt: Halt | undefined): void {
    for (const resolve of this.#waiting.splice(0)) resolve(halt);
  }

  async #pause(): Promise<void> {
    try {
      await this.#subject.pause();
    } catch (error) {
      // Some of it may stand still already.
      await this.#subject.resume();
      throw error;
    }
  }

  async #wait(ms: number): Promise<void> {
    const { signal } = this.#over;
    await sleep(ms, undefined, { signal }).catch((error: unknown) => {
      // Then it is over, which the loop sees.
      if (!signal.aborted) throw error;
    });
  }
}
