import { monitorEventLoopDelay } from 'node:perf_hooks';
import { greatest } from '../../extremes.ts';
import { now } from '../../recording/clock.ts';
import type { GeneratorHealth } from '../../recording/recording.ts';
import type { ProcessHealth } from './protocol.ts';

/** Milliseconds between two looks at the event loop. */
const resolution = 10;

/** Measures how busy this process is. */
export class HealthMonitor {
  readonly #delay = monitorEventLoopDelay({ resolution });
  #from = now();
  #cpu = process.cpuUsage();

  /** Starts to measure, or starts anew. */
  start(): void {
    this.#delay.enable();
    this.#delay.reset();
    this.#from = now();
    this.#cpu = process.cpuUsage();
  }

  /** What was seen since the last start; measures no more. */
  stop(): ProcessHealth {
    this.#delay.disable();
    const { user, system } = process.cpuUsage(this.#cpu);
    const elapsed = Math.max(1, now() - this.#from);
    return {
      eventLoopDelay: { p99: beyond(this.#delay.percentile(99)), max: beyond(this.#delay.max) },
      cpu: (user + system) / 1_000 / elapsed,
    };
  }
}

/** The histogram holds the time between two looks, in nanoseconds: what is above the resolution is delay. */
function beyond(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e6 - resolution);
}

/** How busy several generators were: of each figure the worst, and how many processes they are. */
export function worstHealth(healths: readonly GeneratorHealth[]): GeneratorHealth {
  const most = (of: (health: GeneratorHealth) => number) => greatest(healths.map(of));
  return {
    eventLoopDelay: {
      p99: most(({ eventLoopDelay }) => eventLoopDelay.p99),
      max: most(({ eventLoopDelay }) => eventLoopDelay.max),
    },
    cpu: most(({ cpu }) => cpu),
    processes: healths.reduce((total, { processes }) => total + processes, 0),
  };
}
