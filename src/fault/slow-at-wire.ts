import { performance } from 'node:perf_hooks';
import { readable } from '../duration.ts';
import { within } from '../stack/runtimes/within.ts';
import type { Fault } from './fault.ts';
import { reportUnseen } from './unseen.ts';

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

/** Milliseconds that a server may take to greet us, and to let us go. */
const greeting = 500;
const goodbye = 200;

/** A fault that delays what matches at a relay; seen by a statement of our own that is delayed too. */
export function slowAtWire({ delay, unit, begin, open }: SlowPlan): Pick<Fault, 'patience' | 'look' | 'inject'> {
  let slowed: Slowed | undefined;
  let looks = 0;
  const patience = delay + 500;
  /** Kept while the fault lasts: with a server that is full as well, another one could not be had. */
  let session: Promise<WireSession> | undefined;
  const connect = (): Promise<WireSession> => {
    session ??= open();
    return session;
  };
  const measure = async (text: string): Promise<number> => {
    const one = await connect();
    const begun = performance.now();
    await one.ask(text);
    return performance.now() - begun;
  };
  const disconnect = async (): Promise<void> => {
    const before = session;
    session = undefined;
    const closed = before?.then((one) => one.close());
    // One that broke, or that could not be had, needs no closing; a server that is mute is not waited for.
    await within(goodbye, Promise.resolve(closed)).catch(() => undefined);
  };
  const look = async () => {
    if (!slowed) return { seen: false, detail: `no ${unit} was slowed down` };
    looks += 1;
    const rule = slowed;
    const took = await measure(rule.canary).catch(async (error: unknown) => {
      await disconnect();
      // A server that was started anew meanwhile has forgotten us. Once it is over, no session more is opened.
      if (slowed) return measure(rule.canary);
      throw error;
    });
    const matched = await rule.matched();
    const count = `${matched} ${unit}${matched === 1 ? '' : 's'} of the app had matched`;
    // None need have come at once; none until the end means that the pattern is wrong, or the app did something else.
    return {
      seen: took >= delay - 1 && (matched > 0 || looks === 1),
      detail: `a ${unit} of ours took ${readable(took)}, and ${count}`,
    };
  };
  return {
    patience,
    look: () => within(patience, look()).catch(reportUnseen),
    async inject() {
      // Another fault may keep the server from us, as it does from the app; then the looks say so.
      await within(greeting, connect().catch(disconnect)).catch(reportUnseen);
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
