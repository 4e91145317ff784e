import { performance } from 'node:perf_hooks';
import { readable } from '../duration.ts';
import { within } from '../stack/runtimes/within.ts';
import type { Fault } from './fault.ts';
import { reportUnseen } from './unseen.ts';

/** A rule at a relay, until it is disposed. */
interface Slowed extends AsyncDisposable {
  readonly canary: string;
  matched(): Promise<number>;
}

/** Our own session through the relay. */
export interface WireSession {
  /** Resolves with the server's answer. */
  ask(text: string): Promise<unknown>;
  close(): Promise<void>;
}

/** What to slow down. */
export interface SlowPlan {
  /** Delay (ms) of each. */
  readonly delay: number;
  /** For messages: `statement`. */
  readonly unit: string;
  readonly begin: () => Promise<Slowed>;
  /**
   * Connects around the fault proxy and through the relay, so that no other fault of the wire is taken for this one.
   */
  readonly open: () => Promise<WireSession>;
}

/** Maximum time (ms) to connect, and to close. */
const greeting = 500;
const goodbye = 200;

/** A fault that delays matching statements at a relay. A statement of our own is delayed too, and shows it. */
export function slowAtWire({ delay, unit, begin, open }: SlowPlan): Pick<Fault, 'patience' | 'look' | 'inject'> {
  let slowed: Slowed | undefined;
  let looks = 0;
  const patience = delay + 500;
  /** Kept while the fault lasts: a server that is full accepts no other. */
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
    // A session that broke needs no closing, and a server that is mute is not waited for.
    await within(goodbye, Promise.resolve(closed)).catch(() => undefined);
  };
  const look = async () => {
    if (!slowed) return { seen: false, detail: `no ${unit} was slowed down` };
    looks += 1;
    const rule = slowed;
    const took = await measure(rule.canary).catch(async (error: unknown) => {
      await disconnect();
      // A server that restarted meanwhile has dropped our session. After the fault no other is opened.
      if (slowed) return measure(rule.canary);
      throw error;
    });
    const matched = await rule.matched();
    const count = `${matched} ${unit}${matched === 1 ? '' : 's'} of the app had matched`;
    // At the start no match is fine. At the end it means that the pattern is wrong, or that the app did something else.
    return {
      seen: took >= delay - 1 && (matched > 0 || looks === 1),
      detail: `our own ${unit} took ${readable(took)}, and ${count}`,
    };
  };
  return {
    patience,
    look: () => within(patience, look()).catch(reportUnseen),
    async inject() {
      // Another fault may keep us from the server, as it does the app. The looks say so then.
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
