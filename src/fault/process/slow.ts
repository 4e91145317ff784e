import { setTimeout as sleep } from 'node:timers/promises';
import { now } from '../../recording/clock.ts';
import type { App } from '../../stack/app/app.ts';
import type { Pausable } from '../../stack/service.ts';
import { writeCall } from '../code.ts';
import { type Fault, type LastingFault, type Look, lasting } from '../fault.ts';
import { isApp, subjectOf } from './app-subject.ts';
import { type PausableService, requirePausable } from './pause.ts';

/**
 * Length (ms) of one round of running and standing still. When pausing takes long, the round is longer; the share stays
 * the same.
 */
const period = 100;

/** What {@link slow} takes. */
export interface Slowness {
  /** The share of its speed that is left: `'10%'` or 0.1. From 1 % to 75 %. */
  readonly to: `${number}%` | number;
}

/** Number of halts that a look watches. */
const halts = 3;
/**
 * Maximum time (ms) of a probe: about as long as a halt, because the answer comes after the halt.
 */
const probeWithin = period;

/**
 * A server, or the app, runs for a share of the time only, as on a throttled CPU or a machine that others use. All its
 * processes are stopped and continued in turn, in rounds of 100 ms. So `{ to: '10%' }` is 10 ms of running and 90 ms of
 * standing still: a second of work takes ten, and a quick request waits 40 ms on average and 90 ms at most. Nothing is
 * lost.
 * @throws TypeError when the subject is neither a server of the stack nor the app; RangeError when the share is not
 *   from 1 % to 75 %
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
    // No probe outlives the look.
    await answer;
    return unanswered;
  };
  return makeSlow(service, share, 'probe', { subject: service, holds: ['wire', 'server'] }, held);
}

/** @param held whether the subject is seen to stand still during a halt that has just begun */
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
 * Watches halt by halt whether the subject stands still when it should. A slow answer alone may have other reasons.
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

/** One span in which the subject stands still. */
interface Halt {
  /** Resolves just before the subject goes on. */
  readonly ends: Promise<void>;
}

/** Stops the subject again and again, so that it runs for a share of the time only. Disposing lets it go on. */
export class DutyCycle implements AsyncDisposable {
  readonly #subject: Pausable;
  readonly #share: number;
  readonly #over = new AbortController();
  #running: Promise<void> = Promise.resolve();
  /** Callbacks that wait for the next halt. */
  #waiting: ((halt: Halt | undefined) => void)[] = [];

  private constructor(subject: Pausable, share: number) {
    this.#subject = subject;
    this.#share = share;
  }

  /** Resolves at the begin of the first halt. @param share share of the time that it runs, above 0 and below 1 */
  static async begin(subject: Pausable, share: number): Promise<DutyCycle> {
    const cycle = new DutyCycle(subject, share);
    await cycle.#pause();
    cycle.#running = cycle.#run().finally(() => {
      cycle.#over.abort();
      cycle.#tell(undefined);
    });
    // The disposal throws it.
    cycle.#running.catch(() => undefined);
    return cycle;
  }

  /** Resolves with the next halt when it begins; with undefined when the cycle is over. */
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
      // A run that was too long because we were late is made up for, but never with more than two rounds.
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
      // Some of its processes may be stopped already.
      await this.#subject.resume();
      throw error;
    }
  }

  async #wait(ms: number): Promise<void> {
    const { signal } = this.#over;
    await sleep(ms, undefined, { signal }).catch((error: unknown) => {
      // The cycle is over; the loop sees that.
      if (!signal.aborted) throw error;
    });
  }
}
