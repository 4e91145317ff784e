import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../statistics.ts';
import type { Figures } from './figures.ts';

/** What a server saw and did, in milliseconds on its own clock. */
export interface Log {
  /** When each request had been read. */
  readonly received: number[];
  /** From read to answered, of each request that was answered. */
  readonly served: number[];
  /** When each answer was written. */
  readonly answered: number[];
  /** Errors that it made on purpose. */
  readonly injected: { status: number; connection: number };
}

/** How a server answers, and what is true of it. A server has one, for one measurement. */
export interface Behaviour {
  /** Deals with request `index`, counted from 0, which came at `at`. */
  answer(index: number, at: number, reply: Reply): void;
  /**
   * What a right measurement of the run comes to.
   * @param open whether the tool offers a rate, whatever the server does
   */
  truth(log: Log, open: boolean): Figures;
}

/** The ways to deal with a request. */
export interface Reply {
  readonly ok: () => void;
  readonly unavailable: () => void;
  /** Cuts the connection by a reset without an answer. */
  readonly reset: () => void;
  /** Promises more than it sends, then cuts the connection: by a reset, or as an orderly end. */
  readonly cut: (by: 'reset' | 'end') => void;
}

const quick = 5;
const slow = 400;
const slowStart = 1_000;
const slowAnswer = 200;
const freezeAfter = 4_000;
const freezeLength = 1_000;
const capacity = 400;

/** The latency that the server itself measured: what a timer made of 5 ms is the truth. */
const asServed = ({ served }: Log): Figures => ({
  p50: quantile(served, 0.5),
  p95: quantile(served, 0.95),
  p99: quantile(served, 0.99),
  'p99.9': quantile(served, 0.999),
  mean: mean(served),
});

const asInjected = ({ injected }: Log): Figures => ({
  'status errors': injected.status,
  'connection errors': injected.connection,
});

const after = (delay: number, reply: () => void): void => {
  setTimeout(reply, delay);
};

/** Every `period`-th, the same ones each time. */
const every = (period: number, index: number): boolean => index % period === Math.floor(period / 2);

/** The behaviours by the name of their case. */
export const behaviours: Readonly<Record<string, () => Behaviour>> = {
  constant: () => ({ answer: (_, __, reply) => after(quick, reply.ok), truth: asServed }),

  bimodal: () => ({ answer: (index, _, reply) => after(every(100, index) ? slow : quick, reply.ok), truth: asServed }),

  errors: () => ({
    answer: (index, _, reply) => after(quick, [20, 50, 80].includes(index % 100) ? reply.unavailable : reply.ok),
    truth: asInjected,
  }),

  resets: () => ({
    answer: (index, _, reply) => after(quick, every(50, index) ? reply.reset : reply.ok),
    truth: asInjected,
  }),

  cuts: () => ({
    answer: (index, _, reply) =>
      after(quick, every(50, index) ? () => reply.cut(every(100, index) ? 'reset' : 'end') : reply.ok),
    truth: asInjected,
  }),

  freeze() {
    let from = Number.NaN;
    let to = Number.NaN;
    return {
      answer(index, _, reply) {
        if (index === 0) {
          after(freezeAfter, () => {
            from = performance.now();
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, freezeLength);
            to = performance.now();
          });
        }
        reply.ok();
      },
      truth: ({ answered }, open) => felt(from, to, open ? answered : []),
    };
  },

  capacity() {
    let free = 0;
    return {
      answer(_, at, reply) {
        free = Math.max(at, free) + 1_000 / capacity;
        void sleep(Math.max(0, free - performance.now())).then(reply.ok);
      },
      truth: () => ({ rate: capacity }),
    };
  },

  'slow start'() {
    let first = Number.NaN;
    const isSlow = (at: number) => at - first < slowStart;
    return {
      answer(index, at, reply) {
        if (index === 0) first = at;
        after(isSlow(at) ? slowAnswer : quick, reply.ok);
      },
      truth: ({ served }) => slowThenQuick(served),
    };
  },
};

/**
 * What 1,000 arrivals per second, evenly spaced over 10 s, wait for when the server stands still in between: the k-th arrival of the
 * freeze waits until its answer, the k-th after the freeze. For a tool that did not send them all it is until the end of the freeze.
 */
function felt(from: number, to: number, answered: readonly number[]): Figures {
  const offered = 10_000;
  const later = answered.length < offered ? [] : answered.filter((at) => at >= to);
  // The first of them comes at any time in the first millisecond.
  const waits = Array.from({ length: offered }, (_, k) => Math.max(0, (later[k] ?? to) - (from + k + 0.5)));
  return { p95: quantile(waits, 0.95), p99: quantile(waits, 0.99), requests: offered };
}

/**
 * What steady arrivals meet over 5 s of which the first is slow, whatever share of its requests a tool sent in it: a fifth of them are
 * slow.
 */
function slowThenQuick(served: readonly number[]): Figures {
  const isSlow = (time: number) => time > (quick + slowAnswer) / 2;
  const [slowOnes, quickOnes] = [served.filter(isSlow), served.filter((time) => !isSlow(time))];
  return {
    p50: quantile(quickOnes, 0.5 / 0.8),
    p95: quantile(slowOnes, (0.95 - 0.8) / 0.2),
    mean: 0.2 * mean(slowOnes) + 0.8 * mean(quickOnes),
    'p95 after a warm-up': quantile(quickOnes, 0.95),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The ways to answer on a socket, each told to the log. */
export function replyOn(socket: Socket, at: number, log: Log): Reply {
  const answered = () => {
    const now = performance.now();
    log.answered.push(now);
    log.served.push(now - at);
  };
  return {
    ok() {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      answered();
    },
    unavailable() {
      socket.write('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\nno');
      log.injected.status += 1;
      answered();
    },
    reset() {
      log.injected.connection += 1;
      socket.resetAndDestroy();
    },
    cut(by) {
      log.injected.connection += 1;
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf', () =>
        by === 'end' ? socket.end() : socket.resetAndDestroy(),
      );
    },
  };
}
