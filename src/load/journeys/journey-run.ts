import { generate } from '../generator/generator.ts';
import type { LoadTarget } from '../load.ts';
import type { Generated } from '../result.ts';
import type { JourneyData } from './journey-worker.ts';

/**
 * A generator that says nothing for so long, in milliseconds, is in an endless loop of the user's: it should report
 * twice a second.
 */
const longestSilence = 30_000;

/**
 * Runs journeys in a generator process of their own, which is gone when the promise settles.
 * @param duration milliseconds from zero to the end of the arrivals
 * @param silence milliseconds without a word after which the generator is given up
 * @throws the signal's reason when it aborts; an Error when a journey is wrong, or the generator breaks or is silent
 */
export async function runJourneys(
  data: JourneyData,
  duration: number,
  target: LoadTarget,
  signal: AbortSignal,
  silence: number = longestSilence,
): Promise<Generated> {
  const silent = new AbortController();
  const error = new Error(
    `the generator of journey ${data.name} (${data.module}) has said nothing for ${silence / 1_000} s: look for a loop in it that never ends or never awaits`,
  );
  const wait = () => setTimeout(() => silent.abort(error), silence);
  let waiting = wait();
  const listen = () => {
    clearTimeout(waiting);
    waiting = wait();
  };
  const { zeroFor } = target;
  const overheard: LoadTarget = {
    ...target,
    onZero: (zero) => {
      listen();
      target.onZero(zero);
    },
    onProgress: (progress) => {
      listen();
      target.onProgress(progress);
    },
    ...(zeroFor && {
      // While it waits for the others it has nothing to say.
      zeroFor: (earliest) => {
        clearTimeout(waiting);
        return zeroFor(earliest);
      },
    }),
  };
  const plan = {
    module: new URL('./journey-worker.js', import.meta.url),
    parts: [{ data, feeds: [] }],
    labels: undefined,
    warmUp: { length: data.warmUp, window: undefined },
    longest: duration + data.timeLimit + data.timeout,
  };
  try {
    return await generate(plan, overheard, AbortSignal.any([signal, silent.signal]));
  } finally {
    clearTimeout(waiting);
  }
}
