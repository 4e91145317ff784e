import type { Recording, Window } from '../../recording/recording.ts';

/**
 * The same function of a window, that reads a recording on disk only once for each window: a report asks for the same statistics several
 * times. A recording in memory is read again, since its results may be larger than the time they save is worth.
 */
export function oncePerWindow<Result, Rest extends readonly string[]>(
  compute: (window: Window, ...rest: Rest) => Result,
): (window: Window, ...rest: Rest) => Result {
  const known = new WeakMap<Recording, Map<string, Result>>();
  return (window, ...rest) => {
    const { recording, from, to, spans, only } = window;
    if (!recording.columns.chunks) return compute(window, ...rest);
    const results = known.get(recording) ?? new Map<string, Result>();
    known.set(recording, results);
    const question = JSON.stringify([`${from} ${to}`, spans, only, rest]);
    let result = results.get(question);
    if (result === undefined) {
      result = compute(window, ...rest);
      results.set(question, result);
    }
    return result;
  };
}
