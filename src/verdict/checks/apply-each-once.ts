import { type Ledger, ledger } from '../../analysis/ledger.ts';
import type { Recording } from '../../recording/recording.ts';
import { remedies } from '../advice.ts';
import { concluded } from '../conclude.ts';
import { counted, faultsText } from '../evidence.ts';
import type { Judgement } from '../judgement.ts';
import { entriesText, noKeys, notSettled, unread } from '../ledger-texts.ts';

/** Is no key in the final state more than once? A key that was applied twice fails in any run. */
export function applyEachOnce(recording: Recording): Judgement {
  const seen = ledger(recording);
  const duplicated = seen?.duplicated ?? [];
  const applied = seen ? seen.acknowledged - seen.lost.length + seen.recovered : 0;
  return concluded({
    status: duplicated.length > 0 ? 'fail' : 'pass',
    witness: duplicated.length > 0,
    metric: 'duplicated',
    value: seen ? duplicated.length : Number.NaN,
    shown: seen ? counted(duplicated.length, 'key') : 'not measured',
    bound: '0 keys',
    samples: applied,
    window: recording,
    doubt: doubtOf(recording, seen, applied),
    facts: seen
      ? [
          duplicated.length > 0
            ? `${counted(duplicated.length, 'key')} ${duplicated.length === 1 ? 'was' : 'were'} applied more than once: ${entriesText(duplicated)}.`
            : '',
          `${counted(applied, 'key')} of ${seen.attempted.toLocaleString('en-US')} sent ${applied === 1 ? 'is' : 'are'} in the final state.`,
          faultsText(recording.faults),
        ]
      : [],
    advice: [remedies.duplicated],
  });
}

function doubtOf(recording: Recording, seen: Ledger | undefined, applied: number): string | undefined {
  if (!seen) return unread('what was applied twice');
  if (seen.attempted === 0) return noKeys;
  if (applied === 0) {
    return `None of ${counted(seen.attempted, 'key')} that were sent is in the final state, so nothing was applied at all: see that finalState returns the same keys as request().`;
  }
  return recording.finalState?.settled ? undefined : notSettled(recording);
}
