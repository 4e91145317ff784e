import type { Recording, Window } from '../../recording/recording.ts';

/**
 * The same function of a window, that reads a recording only once for each window: a report asks for the same
 * statistics several times.
 * @param results `large`: of a recording in memory they are computed again, for they may be larger than the time they
 * save is worth
 */
export function memoizePerWindow<Result, Rest extends readonly string[]>(
  compute: (window: Window, ...rest: Rest) => Result,
  results: 'small' | 'large' = 'small',
): (window: Window, ...rest: Rest) => Result {
  const known = new WeakMap<Recording, Map<string, Result>>();
  return (window, ...rest) => {
    const { recording, from, to, spans, only } = window;
    if (results === 'large' && !recording.columns.chunks) return compute(window, ...rest);
    const answers = known.get(recording) ?? new Map<string, Result>();
    known.set(recording, answers);
    const question = JSON.stringify([`${from} ${to}`, spans, only, rest]);
    let result = answers.get(question);
    if (result === undefined) {
      result = compute(window, ...rest);
      answers.set(question, result);
    }
    return result;
  };
}
