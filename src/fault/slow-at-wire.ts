import { performance } from 'node:perf_hooks';
import { readable } from '../duration.ts';
import type { Fault } from './fault.ts';
import { unseen } from './unseen.ts';

/** What is slowed down at a relay, and until when. */
interface Slowed extends AsyncDisposable {
  readonly canary: string;
  matched(): Promise<number>;
}

/** A session of ours through the relay. */
export interface WireSession {
  /** Resolves with the server's answer. */
  ask(text: string): Promise<unknown>;
  close(): Promise<void>;
}

/** What to slow down. */
export interface SlowPlan {
  /** Milliseconds that each waits. */
  readonly delay: number;
  /** What one of them is called: `statement`. */
  readonly unit: string;
  readonly begin: () => Promise<Slowed>;
  /** Around the fault proxy and through the relay: what else is done to the wire is not to be taken for this. */
  readonly open: () => Promise<WireSession>;
}

/** A fault that delays what matches at a relay; seen by a statement of our own that is delayed too. */
export function slowAtWire({ delay, unit, begin, open }: SlowPlan): Pick<Fault, 'patience' | 'look' | 'inject'> {
  let slowed: Slowed | undefined;
  let looks = 0;
  /** Kept while the fault lasts: with a server that is full as well, another one could not be had. */
  let session: WireSession | undefined;
  const timeOf = async (text: string): Promise<number> => {
    const begun = performance.now();
    await session?.ask(text);
    return performance.now() - begun;
  };
  const connect = async (): Promise<void> => {
    session = await open();
  };
  const disconnect = async (): Promise<void> => {
    const before = session;
    session = undefined;
    await before?.close();
  };
  const look = async () => {
    if (!slowed) return { seen: false, detail: `no ${unit} was slowed down` };
    looks += 1;
    const { canary } = slowed;
    // A server that was started anew meanwhile has forgotten us.
    const took = await timeOf(canary).catch(() =>
      disconnect()
        .then(connect)
        .then(() => timeOf(canary)),
    );
    const matched = await slowed.matched();
    const count = `${matched} ${unit}${matched === 1 ? '' : 's'} of the app had matched`;
    // None need have come at once; none until the end means that the pattern is wrong, or the app did something else.
    return {
      seen: took >= delay - 1 && (matched > 0 || looks === 1),
      detail: `a ${unit} of ours took ${readable(took)}, and ${count}`,
    };
  };
  return {
    patience: delay + 500,
    look: () => look().catch(unseen),
    async inject() {
      await connect();
      const started = await begin().catch(async (error: unknown) => {
        await disconnect();
        throw error;
      });
      slowed = started;
      looks = 0;
      return {
        async [Symbol.asyncDispose]() {
          slowed = undefined;
          try {
            await started[Symbol.asyncDispose]();
          } finally {
            await disconnect();
          }
        },
      };
    },
  };
}
