import type { GeneratorHealth } from '../../recording/recording.ts';

/** How busy several generators were: of each figure the worst, and how many processes they are. */
export function worstHealth(healths: readonly GeneratorHealth[]): GeneratorHealth {
  const most = (of: (health: GeneratorHealth) => number) => Math.max(...healths.map(of));
  return {
    eventLoopDelay: {
      p99: most(({ eventLoopDelay }) => eventLoopDelay.p99),
      max: most(({ eventLoopDelay }) => eventLoopDelay.max),
    },
    cpu: most(({ cpu }) => cpu),
    processes: healths.reduce((total, { processes }) => total + processes, 0),
  };
}
