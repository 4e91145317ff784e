import { type Duration, milliseconds } from '../../duration.ts';
import type { Window } from '../../recording/recording.ts';
import { combined, type Judgement } from '../judgement.ts';
import { remember } from '../remembered.ts';
import { messageOf } from '../words/messages.ts';
import { judgeParts } from '../worst-part.ts';
import type { Received } from './received.ts';
import { wholeOf } from './whole.ts';

/** What a matcher is called on by `expect`. */
export interface MatcherState {
  /** True under `.not`; may be absent otherwise. */
  readonly isNot?: boolean;
}

/** What a matcher gives back to `expect`. */
export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

/**
 * Judges what `expect` was given, remembers the judgements for the report, and says what the matcher says.
 * @param judge called for each part of it; the runs of a repeated one are judged as a whole
 * @param title begins the message: `The target production`
 */
export function asserted<Part extends Window>(
  state: MatcherState,
  { judged, parts }: Received<Part>,
  judge: (part: Part) => readonly Judgement[],
  title = '',
): MatcherResult {
  const isNot = state.isNot === true;
  const [first] = parts;
  const each = (window: Part) => judgeParts(window, (part) => judge(part as Part));
  const judgements = judged === first.recording ? each(first) : wholeOf(parts.map(each));
  remember(judged, judgements, isNot);
  const status = combined(judgements);
  return {
    // Unknown fails on either side of `.not`.
    pass: status === 'unknown' ? isNot : status === 'pass',
    message: () => messageOf(first.recording, judgements, isNot, title),
  };
}

/** A bound of a matcher as milliseconds. @throws TypeError unless it is a time above 0 */
export function timeBound(bound: Duration, matcher: string): number {
  const time = milliseconds(bound, matcher);
  if (time > 0) return time;
  throw new TypeError(`${matcher} needs a time above 0, such as '500ms'; got ${JSON.stringify(bound)}`);
}
