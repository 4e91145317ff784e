import { greatest } from '../../extremes.ts';
import { now } from '../../recording/clock.ts';
import type { Columns } from '../../recording/columns.ts';
import type { GeneratorFacts } from '../../recording/recording.ts';
import type { LoadTarget } from '../load.ts';
import { type WarmUpPlan, WarmUpWatch } from '../plan/warm-up.ts';
import type { RequestLabels } from '../requests/prepare.ts';
import type { Generated } from '../result.ts';
import { mergeColumns } from '../rows/merge-columns.ts';
import { RowSpool } from '../rows/row-spool.ts';
import { type GeneratorPart, GeneratorProcess } from './generator-process.ts';
import { worstHealth } from './health.ts';
import type { GeneratorMessage, ProcessHealth, TimeSpans } from './protocol.ts';

/** A generator to be run: a module that Node loads in processes of its own, and the requests that they are fed. */
export interface GeneratorPlan {
  readonly module: URL;
  /** One process each. */
  readonly parts: readonly GeneratorPart[];
  /** What the recording says of request n; undefined for a generator that tells of columns, and so knows it itself. */
  readonly labels: ((n: number) => RequestLabels) | undefined;
  /** For generators that leave the choice of zero to the test's process: then they share one. */
  readonly warmUp?: WarmUpPlan;
  /** Milliseconds after zero by which the generator must have ended by its own plan. */
  readonly longest: number | undefined;
}

/** What the processes of a load brought home. Stalls and catching up are those of any of them. */
export interface LoadGenerated extends Generated {
  /** Milliseconds from zero to the end of the last operation. */
  readonly end: number;
}

/** Between the choice of zero, or of the beginning, and that instant: so that what is first due is not late. */
const lead = 20;
/** How much longer than by its plan a generator may take, in milliseconds, before it is given up. */
const grace = 30_000;

/**
 * Runs a generator in processes of its own to its end. They are gone when the promise settles.
 * @throws the signal's reason when it aborts; what a request function throws; an Error when a process breaks or does
 * not end
 */
export async function generate(plan: GeneratorPlan, target: LoadTarget, signal: AbortSignal): Promise<LoadGenerated> {
  signal.throwIfAborted();
  for (const { feeds } of plan.parts) for (const feed of feeds) feed.check();
  const { promise, resolve, reject } = Promise.withResolvers<LoadGenerated>();
  const aborted = () => reject(signal.reason);
  signal.addEventListener('abort', aborted, { once: true });
  const run = new GeneratorRun(plan, target, resolve, reject);
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', aborted);
    await run[Symbol.asyncDispose]();
  }
}

interface Ended {
  readonly stalls: TimeSpans;
  readonly catchingUp?: TimeSpans;
  readonly end: number;
  readonly health: ProcessHealth;
}

/** The processes of one load, from their start to their end. */
class GeneratorRun implements AsyncDisposable {
  readonly #plan: GeneratorPlan;
  readonly #target: LoadTarget;
  readonly #resolve: (generated: LoadGenerated) => void;
  readonly #reject: (error: unknown) => void;
  readonly #processes: readonly GeneratorProcess[];
  readonly #rows: RowSpool | undefined;
  readonly #columns: Columns[] = [];
  readonly #progress: { operations: number; errors: number }[];
  readonly #ended: Ended[] = [];
  readonly #watch: WarmUpWatch | undefined;
  #ready = 0;
  /** The latest end of the warm-up. */
  #warmUpEnd = Number.NaN;
  #zero = Number.NaN;
  #warmUp: GeneratorFacts['warmUp'];
  #deadline: NodeJS.Timeout | undefined;

  constructor(
    plan: GeneratorPlan,
    target: LoadTarget,
    resolve: (generated: LoadGenerated) => void,
    reject: (error: unknown) => void,
  ) {
    this.#plan = plan;
    this.#target = target;
    this.#resolve = resolve;
    this.#reject = reject;
    const { length = 0, window } = plan.warmUp ?? {};
    this.#watch = window === undefined ? undefined : new WarmUpWatch({ length, window }, plan.parts.length);
    this.#rows = plan.labels && new RowSpool(plan.parts.length, plan.labels);
    this.#progress = plan.parts.map(() => ({ operations: 0, errors: 0 }));
    this.#processes = plan.parts.map(
      (part, index) => new GeneratorProcess(plan.module, part, (message) => this.#hear(index, message), reject),
    );
    for (const { pid } of this.#processes) if (pid !== undefined) target.track?.(pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#deadline);
    this.#rows?.discard();
    await Promise.all(this.#processes.map((process) => process[Symbol.asyncDispose]()));
  }

  #hear(index: number, message: GeneratorMessage): void {
    if (message.kind === 'ready') this.#start();
    else if (message.kind === 'window') this.#judge(this.#watch?.take(message.window));
    else if (message.kind === 'zero') this.#chose(message.zero);
    else if (message.kind === 'progress') this.#report(index, message.progress);
    else if (message.kind === 'rows') this.#rows?.take(index, message.rows);
    else if (message.kind === 'columns') this.#columns.push(message.columns);
    else if (message.kind === 'done') this.#end(message);
  }

  /** All must be ready, so that they begin together. */
  #start(): void {
    this.#ready++;
    if (this.#ready < this.#processes.length) return;
    const length = this.#plan.warmUp?.length ?? 0;
    const earliest = now() + lead + length;
    const { zeroFor } = this.#target;
    if (zeroFor) zeroFor(earliest).then((zero) => this.#warm(zero, length), this.#reject);
    else this.#warm(earliest, length);
  }

  #warm(end: number, length: number): void {
    this.#warmUpEnd = end;
    for (const process of this.#processes) process.tell({ kind: 'warm up', end: this.#warmUpEnd });
    if (!this.#watch) this.#begin(this.#warmUpEnd, undefined);
    else this.#limit(length);
  }

  #judge(found: 'steady' | 'not steady' | undefined): void {
    if (found === undefined || !Number.isNaN(this.#zero)) return;
    const soon = now() + lead;
    this.#begin(
      found === 'steady' && !this.#target.zeroFor ? soon : Math.max(soon, this.#warmUpEnd),
      found === 'steady',
    );
  }

  #begin(zero: number, steady: boolean | undefined): void {
    const length = (this.#plan.warmUp?.length ?? 0) - (this.#warmUpEnd - zero);
    this.#warmUp = { length, steady };
    for (const process of this.#processes) process.tell({ kind: 'zero', zero });
    this.#chose(zero);
  }

  #chose(zero: number): void {
    this.#zero = zero;
    this.#rows?.zeroChosen(this.#plan.warmUp ? this.#warmUpEnd - zero : 0);
    this.#limit(zero - now());
    this.#target.onZero(zero);
  }

  /**
   * Whatever happens to the generator, the run ends: `before` milliseconds from now to zero, and what is planned after
   * it.
   */
  #limit(before: number): void {
    clearTimeout(this.#deadline);
    if (this.#plan.longest === undefined) return;
    const most = before + this.#plan.longest + grace;
    this.#deadline = setTimeout(() => {
      const pids = this.#processes.map(({ pid }) => pid).join(', ');
      this.#reject(
        new Error(
          `the load generator (process ${pids}) did not end within ${Math.round(most / 1_000)} s, ${grace / 1_000} s more than its plan: something stopped it, or left it no CPU; nothing can be said about the app`,
        ),
      );
    }, most);
  }

  #report(index: number, progress: { readonly operations: number; readonly errors: number }): void {
    this.#progress[index] = progress;
    const sum = (of: (one: typeof progress) => number) => this.#progress.reduce((total, one) => total + of(one), 0);
    this.#target.onProgress({ operations: sum((one) => one.operations), errors: sum((one) => one.errors) });
  }

  #end(ended: Ended): void {
    this.#ended.push(ended);
    if (this.#ended.length < this.#processes.length) return;
    this.#resolve({
      columns: this.#allColumns(),
      stalls: this.#ended.flatMap(({ stalls }) => stalls),
      catchingUp: this.#ended.flatMap(({ catchingUp = [] }) => catchingUp),
      end: greatest(this.#ended.map(({ end }) => end)),
      health: worstHealth(this.#ended.map(({ health }) => ({ ...health, processes: 1 }))),
      warmUp: this.#warmUp,
    });
  }

  #allColumns(): Columns {
    return this.#rows?.columns() ?? mergeColumns(this.#columns.map((columns) => ({ columns })));
  }
}
