import type { Recording } from '../../recording/recording.ts';
import { applyEachOnce } from '../checks/apply-each-once.ts';
import { loseNothing } from '../checks/lose-nothing.ts';
import { oneWinner } from '../checks/one-winner.ts';
import { readItsWrites } from '../checks/read-its-writes.ts';
import { isWitness, type Judgement } from '../judgement.ts';
import { judgementsOf } from './remembered.ts';

/** The checks that need no bound and may find a witness, each with the matcher that asserts it. */
const checks = [
  { matcher: 'toLoseNothing', check: loseNothing, applies: hasKeys },
  { matcher: 'toApplyEachOnce', check: applyEachOnce, applies: hasKeys },
  { matcher: 'toHaveOneWinner', check: (recording: Recording) => oneWinner(recording), applies: isRace },
  { matcher: 'toReadItsWrites', check: readItsWrites, applies: (recording: Recording) => !isRace(recording) },
] as const;

function isRace({ generator }: Recording): boolean {
  return generator.loop === 'race';
}

/** The keys of a race are its races: two rows of one are two winners, which is judged as that. */
function hasKeys(recording: Recording): boolean {
  return recording.finalState !== undefined && !isRace(recording);
}

/** A lost key, two winners or a wrong read that a recording holds and that no matcher was asked about. */
export interface UnassertedWitness {
  readonly judgement: Judgement;
  /** The matcher that would have found it: `toLoseNothing`. */
  readonly matcher: string;
}

const found = new WeakMap<Recording, readonly UnassertedWitness[]>();

/**
 * Finds the witnesses in a recording whose metric nothing was asserted about: neither of the recording nor of `whole`,
 * the repeats that it belongs to.
 */
export function unassertedWitnesses(
  recording: Recording,
  whole: Parameters<typeof judgementsOf>[0] = recording,
): readonly UnassertedWitness[] {
  const asserted = new Set([recording, whole].flatMap(judgementsOf).map(({ metric }) => metric));
  return witnessesIn(recording).filter(({ judgement }) => !asserted.has(judgement.metric));
}

function witnessesIn(recording: Recording): readonly UnassertedWitness[] {
  const before = found.get(recording);
  if (before) return before;
  const witnesses = checks
    .filter(({ applies }) => applies(recording))
    .map(({ matcher, check }) => ({ matcher, judgement: check(recording) }))
    .filter(({ judgement }) => isWitness(judgement));
  found.set(recording, witnesses);
  return witnesses;
}

/** A witness in the message of something else that failed. */
export function worseText(witness: UnassertedWitness): string {
  const { metric, shown } = witness.judgement;
  return `Worse, and nothing has asserted on it so far: ${metric}: ${shown}. ${witnessText(witness)} Write expect.soft for each assertion, so that the first that fails hides no other.`;
}

/** What is seen of a witness, and which matcher asserts it. */
export function witnessText({ judgement: { because }, matcher }: UnassertedWitness): string {
  const [evidence = ''] = because.split('\n', 1);
  return `${evidence} To judge it, write expect(recording).${matcher}().`;
}
