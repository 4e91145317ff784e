import { drawUpLedger, type Ledger } from '../../analysis/keys/ledger.ts';
import type { Recording } from '../../recording/recording.ts';
import { conclude } from '../conclude.ts';
import type { Judgement } from '../judgement.ts';
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

/**
 * Is each key in the final state there once, and was it sent? A key that was applied twice fails in any run. A key that
 * nobody sent fails only where every operation that was sent had a key and others of them are there: else the final
 * state may be read by other keys.
 */
export function applyEachOnce(recording: Recording): Judgement {
  const seen = drawUpLedger(recording);
  const duplicated = seen?.duplicated ?? [];
  const applied = seen ? seen.acknowledged - seen.lost.length + seen.recovered : 0;
  const strangers = seen && seen.keyless === 0 && applied > 0 ? seen.unexpected.length : 0;
  const wrong = duplicated.length + strangers;
  return conclude({
    status: wrong > 0 ? 'fail' : 'pass',
    // A key of two loads may be there for each of them.
    witness: wrong > 0 && !recording.generator.sharedKey,
    metric: 'duplicated',
    subject: 'duplicated keys (applied more than once, or sent by nobody)',
    plural: true,
    value: seen ? wrong : Number.NaN,
    shown: seen ? shown(duplicated.length, strangers) : 'not measured',
    bound: '0 keys',
    samples: applied,
    window: recording,
    doubt: doubtOf(recording, seen, applied),
    facts: seen
      ? [
          duplicated.length > 0
            ? `${counted(duplicated.length, 'key')} ${duplicated.length === 1 ? 'was' : 'were'} applied more than once${whenText(duplicated)}: ${entriesText(duplicated)}.`
            : '',
          unexpectedText(seen),
          `${counted(applied, 'key')} of ${seen.attempted.toLocaleString('en-US')} sent ${applied === 1 ? 'is' : 'are'} in the final state.`,
          wrong === 0 ? recoveredText(seen) : '',
          faultsText(recording.faults),
        ]
      : [],
    advice: [duplicated.length > 0 ? remedyOf(recording, 'duplicated') : ''],
  });
}

function shown(duplicated: number, strangers: number): string {
  const twice = counted(duplicated, 'key');
  return strangers > 0 ? `${twice}, and ${counted(strangers, 'key')} that nobody sent` : twice;
}

function doubtOf(recording: Recording, seen: Ledger | undefined, applied: number): string | undefined {
  if (!seen) return unread(recording, 'what was applied twice');
  if (recording.generator.sharedKey) return sharedText(recording, seen);
  if (seen.attempted === 0) return noKeys;
  if (applied === 0) {
    return `None of ${counted(seen.attempted, 'key')} that were sent is in the final state, so nothing was applied at all: see that finalState returns the same keys as request().`;
  }
  return recording.finalState?.settled ? sharedText(recording, seen) : notSettled(recording);
}
