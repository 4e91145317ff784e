import { Worker } from 'node:worker_threads';
import type { Columns } from '../recording/columns.ts';
import type { Feed } from './feed.ts';
import type { LoadTarget } from './load.ts';
import type { RequestLabels } from './prepare.ts';
import type { GeneratorMessage, RequestsMessage } from './protocol.ts';
import type { RowColumns } from './rows.ts';

/** A generator to be run: a module that Node loads in a thread of its own, and the requests that it is fed. */
export interface GeneratorPlan {
  readonly module: URL;
  /** Plain data for the module. */
  readonly data: unknown;
  readonly feeds: readonly Feed[];
  /** What the recording says of request n. */
  readonly labels: (n: number) => RequestLabels;
}

/** What a generator left behind. */
export interface Generated {
  readonly columns: Columns;
  readonly stalls: readonly (readonly [from: number, to: number])[];
  /** Milliseconds from zero to the end of the last operation. */
  readonly end: number;
}

/** Requests that are handed over in one message. */
const batch = 1_000;

/**
 * Runs a generator in a thread of its own to its end. The thread is gone when the promise settles.
 * @throws the signal's reason when it aborts; what a request function throws; an Error when the thread breaks
 */
export async function generate(plan: GeneratorPlan, target: LoadTarget, signal: AbortSignal): Promise<Generated> {
  signal.throwIfAborted();
  for (const feed of plan.feeds) feed.check();
  // Vitest's own flags must not reach the thread.
  const worker = new Worker(plan.module, { workerData: plan.data, execArgv: [] });
  const { promise, resolve, reject } = Promise.withResolvers<Extract<GeneratorMessage, { kind: 'done' }>>();
  const aborted = () => reject(signal.reason);
  signal.addEventListener('abort', aborted, { once: true });
  worker.on('error', reject);
  worker.on('messageerror', reject);
  worker.on('exit', (code) => reject(new Error(`the load generator's thread ended by itself, with code ${code}`)));
  worker.on('message', (message: GeneratorMessage) => {
    try {
      if (message.kind === 'want') feed(worker, plan.feeds, message.sequence, message.until);
      else if (message.kind === 'zero') target.onZero(message.zero);
      else if (message.kind === 'progress') target.onProgress(message.progress);
      else resolve(message);
    } catch (error) {
      reject(error);
    }
  });
  try {
    const { rows, stalls, end } = await promise;
    return { columns: labelled(rows, plan.labels), stalls, end };
  } finally {
    signal.removeEventListener('abort', aborted);
    await worker.terminate();
  }
}

function feed(worker: Worker, feeds: readonly Feed[], sequence: number, until: number): void {
  const requests = feeds[sequence]?.ahead(until) ?? [];
  for (let from = 0; from < requests.length; from += batch) {
    const message: RequestsMessage = { sequence, requests: requests.slice(from, from + batch) };
    worker.postMessage(message);
  }
}

/** Joins what the generator measured with what the recording says of each request. */
function labelled(rows: RowColumns, labels: (n: number) => RequestLabels): Columns {
  const { n, ...measured } = rows;
  const name = new Uint16Array(rows.length);
  const names = new Map<string, number>();
  const key: (string | undefined)[] = [];
  const value: (string | undefined)[] = [];
  for (let row = 0; row < rows.length; row++) {
    const label = labels(n[row] as number);
    name[row] = codeOf(names, label.name);
    key.push(label.key);
    value.push(label.value);
  }
  return { ...measured, name, names: [...names.keys()], key, value };
}

/** Most names that fit the column of a recording. */
const mostNames = 2 ** 16;

function codeOf(names: Map<string, number>, name: string): number {
  const known = names.get(name);
  if (known !== undefined) return known;
  if (names.size === mostNames) {
    throw new RangeError(
      `a recording holds at most ${mostNames} names of operations, and '${name}' is one more; give requests with ids in their path a name of their kind`,
    );
  }
  names.set(name, names.size);
  return names.size - 1;
}
