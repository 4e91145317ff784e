import { drawUpLedger, type Ledger } from '../../analysis/keys/ledger.ts';
import type { Recording } from '../../recording/recording.ts';
import { judge } from '../judge.ts';
import type { Judgement } from '../judgement.ts';
import type { Metric } from '../metric.ts';
import { remedyOf } from '../words/advice.ts';
import { counted, faultsText } from '../words/evidence.ts';
import {
  entriesText,
  noKeys,
  notSettled,
  recoveredText,
  sharedText,
  unexpectedText,
  unread,
  whenText,
} from '../words/ledger-texts.ts';
import { textOf } from '../words/units.ts';
import { keyedRuns } from './keyed-runs.ts';

/**
 * Keys that are in the final state more than once, or that nobody sent. Each is a witness, unless two loads sent it.
 */
export const duplicated: Metric = {
  name: 'duplicated',
  unit: 'keys',
  of: 'run',
  better: 'less',
  worsen: ['a key applied twice'],
  how: 'keys that are in the final state more than once, and those that nobody sent',
  windows: keyedRuns,
  measure: ({ recording }) => {
    const seen = drawUpLedger(recording);
    const count = seen ? seen.duplicated.length + strangersIn(seen) : Number.NaN;
    const reason = doubtOf(recording, seen);
    const doubts = reason === undefined ? [] : [{ reason }];
    // A key of two loads may be there for each of them.
    const witness = count > 0 && !recording.generator.sharedKey;
    return { best: count, worst: count, samples: seen ? appliedIn(seen) : 0, needs: 0, doubts, witness };
  },
  words: {
    ofRun: { subject: 'duplicated keys (applied more than once, or sent by nobody)', plural: true },
    text: (count, { recording }) => {
      const seen = drawUpLedger(recording);
      return seen ? shown(seen.duplicated.length, strangersIn(seen)) : textOf('keys', count);
    },
    bound: (bound) => textOf('keys', bound),
    facts: ({ window: { recording } }) => {
      const seen = drawUpLedger(recording);
      return seen ? factsOf(recording, seen) : [];
    },
    advice: ({ window: { recording } }) => [
      (drawUpLedger(recording)?.duplicated.length ?? 0) > 0 ? remedyOf(recording, 'duplicated') : '',
    ],
  },
};

/**
 * Is each key in the final state there once, and was it sent? A key that was applied twice fails in any run. A key that
 * nobody sent fails only where every operation that was sent had a key and others of them are there: else the final
 * state may be read by other keys.
 */
export function applyEachOnce(recording: Recording): Judgement {
  return judge(duplicated, '<=', 0, recording);
}

/** Keys that were sent and are in the final state. */
function appliedIn({ acknowledged, lost, recovered }: Ledger): number {
  return acknowledged - lost.length + recovered;
}

function strangersIn(seen: Ledger): number {
  return seen.keyless === 0 && appliedIn(seen) > 0 ? seen.unexpected.length : 0;
}

function factsOf(recording: Recording, seen: Ledger): string[] {
  const { duplicated: twice, attempted } = seen;
  const applied = appliedIn(seen);
  return [
    twice.length > 0
      ? `${counted(twice.length, 'key')} ${twice.length === 1 ? 'was' : 'were'} applied more than once${whenText(twice)}: ${entriesText(twice)}.`
      : '',
    unexpectedText(seen),
    `${counted(applied, 'key')} of ${attempted.toLocaleString('en-US')} sent ${applied === 1 ? 'is' : 'are'} in the final state.`,
    twice.length + strangersIn(seen) === 0 ? recoveredText(seen) : '',
    faultsText(recording.faults),
  ];
}

function shown(duplicated: number, strangers: number): string {
  const twice = counted(duplicated, 'key');
  return strangers > 0 ? `${twice}, and ${counted(strangers, 'key')} that nobody sent` : twice;
}

function doubtOf(recording: Recording, seen: Ledger | undefined): string | undefined {
  if (!seen) return unread(recording, 'what was applied twice');
  if (recording.generator.sharedKey) return sharedText(recording, seen);
  if (seen.attempted === 0) return noKeys;
  if (appliedIn(seen) === 0) {
    return `None of ${counted(seen.attempted, 'key')} that were sent is in the final state, so nothing was applied at all: see that finalState returns the same keys as request().`;
  }
  return recording.finalState?.settled ? sharedText(recording, seen) : notSettled(recording);
}
