import type { HealthPolls } from '../../../src/recording/recording.ts';

/** What a poll came to: its answer after 10 ms, or after a time of its own. */
export type Answered = number | string | { readonly answer: number | string; readonly took: number };

/** Polls sent every 200 ms for so many seconds, each answered after 10 ms unless it says otherwise. */
export function polled(
  kind: HealthPolls['kind'],
  seconds: number,
  answer: (at: number) => Answered,
  stalls: HealthPolls['stalls'] = [],
): HealthPolls {
  const polls: { at: number; took: number; answer: number | string }[] = [];
  for (let at = 0; at < seconds * 1_000; ) {
    const answered = answer(at);
    const poll = typeof answered === 'object' ? { at, ...answered } : { at, took: 10, answer: answered };
    polls.push(poll);
    at += Math.max(200, poll.took);
  }
  return {
    kind,
    path: kind === 'live' ? '/health' : '/ready',
    timeout: kind === 'live' ? 2_000 : 1_000,
    at: polls.map(({ at }) => at),
    took: polls.map(({ took }) => took),
    answers: polls.map(({ answer }) => answer),
    stalls,
  };
}
