import { type Duration, milliseconds } from '../../duration.ts';
import type { Window } from '../../recording/recording.ts';
import { combine, type Judgement, type Status } from '../judgement.ts';
import { messageOf } from '../words/messages.ts';
import { judgeParts } from '../worst-part.ts';
import type { Received } from './received.ts';
import { remember } from './remembered.ts';
import { unassertedWitnesses, worseText } from './unasserted.ts';
import { wholeOf } from './whole.ts';

/** What a matcher is called on by `expect`. */
export interface MatcherState {
  /** True under `.not`; may be absent otherwise. */
  readonly isNot?: boolean;
  /** Set under `expect.poll`. */
  readonly poll?: unknown;
}

/** What a matcher gives back to `expect`. */
export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

/**
 * Judges what `expect` was given, remembers the judgements for the report, and returns the matcher's result. The
 * message also names witnesses that nothing has asserted on so far.
 * @param judge called for each part of it; the runs of a repeated one are judged as a whole
 * @param title begins the message: `The target production`
 */
export function assertOn<Part extends Window>(
  state: MatcherState,
  { judged, parts }: Received<Part>,
  judge: (part: Part) => readonly Judgement[],
  title = '',
): MatcherResult {
  mustNotPoll(state);
  const isNot = state.isNot === true;
  const [first] = parts;
  const each = (window: Part) => judgeParts(window, (part) => judge(part as Part));
  const judgements = judged === first.recording ? each(first) : wholeOf(parts.map(each));
  const message = once(() => {
    const worse = parts.flatMap(({ recording }) => unassertedWitnesses(recording, judged)).map(worseText);
    return messageOf(first.recording, judgements, { isNot, title, worse });
  });
  remember(judged, judgements, isNot, message);
  return resultOf(combine(judgements), isNot, message);
}

/** What a matcher gives back for a status. Unknown fails on either side of `.not`. */
export function resultOf(status: Status, isNot: boolean, message: () => string): MatcherResult {
  return { pass: status === 'unknown' ? isNot : status === 'pass', message };
}

/**
 * Refuses `expect.poll`, which would ask again until a verdict is green.
 * @throws TypeError under it
 */
export function mustNotPoll({ poll }: MatcherState): void {
  if (!poll) return;
  throw new TypeError(
    'expect.poll cannot judge a run: asking again does not change a verdict, and running again would hide one. Write const recording = await run({ ... }), then expect(recording) and this matcher',
  );
}

/** A text that is made when it is first asked for, and stays as it was then. */
export function once(make: () => string): () => string {
  let text: string | undefined;
  return () => {
    text ??= make();
    return text;
  };
}

/** A bound of a matcher as milliseconds. @throws TypeError unless it is a time above 0 */
export function timeBound(bound: Duration, matcher: string): number {
  const time = milliseconds(bound, matcher);
  if (time > 0) return time;
  throw new TypeError(`${matcher} needs a time above 0, such as '500ms'; got ${JSON.stringify(bound)}`);
}
