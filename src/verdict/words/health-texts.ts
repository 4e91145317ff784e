import type { Poll, Stretch } from '../../analysis/health/health-words.ts';
import { readable } from '../../duration.ts';
import type { FaultRecord, HealthPolls, Recording, Window } from '../../recording/recording.ts';

/**
 * The polls of one kind of a recording.
 * @throws TypeError when the app was not asked, with what makes it be asked
 */
export function pollsOfKind(recording: Recording, kind: HealthPolls['kind'], matcher: string): HealthPolls {
  const polls = recording.polls.find((one) => one.kind === kind);
  if (polls) return polls;
  const option =
    kind === 'live'
      ? "live, such as command([...], { ready: '/ready', live: '/health' })"
      : "ready as a path, such as command([...], { ready: '/ready' }), not as a RegExp or a function";
  const what = kind === 'live' ? 'liveness' : 'readiness';
  throw new TypeError(
    `${matcher} judges what the app answered when it was asked for its ${what}, and in this run it was not asked: give command() the option ${option}`,
  );
}

/** The answers of some polls with their counts: `200 (13), timeout (1)`. */
export function answersText(polls: readonly Poll[]): string {
  const counts = new Map<number | string, number>();
  for (const { answer } of polls) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  return [...counts].map(([answer, count]) => `${answer} (${count.toLocaleString('en-US')})`).join(', ');
}

/** `from 3.5 s to 6.0 s`. */
export function fromTo({ from, to }: Stretch): string {
  return `from ${readable(from)} to ${readable(to)}`;
}

/** The faults that were in effect in some part of a span, as a sentence. */
export function meanwhileText(faults: readonly FaultRecord[], { from, to }: Stretch): string {
  const active = faults.filter(({ inEffectAt, healedAt }) => inEffectAt < to && !(healedAt <= from));
  if (active.length > 0) return `Meanwhile: ${active.map(({ name }) => name).join(', ')}.`;
  const before = faults
    .filter(({ healedAt }) => healedAt <= from)
    .reduce<FaultRecord | undefined>((last, one) => (last && last.healedAt > one.healedAt ? last : one), undefined);
  if (before) return `No fault was in effect; ${before.name} had ended at ${readable(before.healedAt)}.`;
  return 'No fault was in effect.';
}

/** The part of a recording in a span, to look at the operations that were due in it. */
export function windowOf(recording: Recording, { from, to }: Stretch): Window {
  return { recording, name: 'then', from, to, faults: [] };
}
