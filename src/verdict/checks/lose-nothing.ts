import { drawUpLedger, type Ledger } from '../../analysis/keys/ledger.ts';
import { readable } from '../../duration.ts';
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
 * Is every key that the app acknowledged in the final state? A key lost from a state that came to rest fails in any
 * run.
 */
export function loseNothing(recording: Recording): Judgement {
  const seen = drawUpLedger(recording);
  const lost = seen?.lost.length ?? 0;
  const settled = recording.finalState?.settled ?? false;
  return conclude({
    status: lost > 0 ? 'fail' : 'pass',
    witness: lost > 0 && settled,
    metric: 'lost',
    subject: 'lost keys (acknowledged, and not in the final state)',
    plural: true,
    value: seen ? lost : Number.NaN,
    shown: seen ? counted(lost, 'key') : 'not measured',
    bound: '0 keys',
    samples: seen?.acknowledged ?? 0,
    window: recording,
    doubt: doubtOf(recording, seen),
    facts: seen ? factsOf(recording, seen) : [],
    advice: [remedyOf(recording, 'lost')],
  });
}

function doubtOf(recording: Recording, seen: Ledger | undefined): string | undefined {
  if (!seen) return unread(recording, 'what was lost');
  if (seen.attempted === 0) return noKeys;
  if (seen.acknowledged === 0) {
    return `None of ${counted(seen.attempted, 'key')} was acknowledged, so there was nothing to lose: the app accepted nothing at all.`;
  }
  if (!recording.finalState?.settled) return notSettled(recording);
  return seen.lost.length > 0 ? undefined : (sharedText(recording, seen) ?? unchangedText(seen));
}

function unchangedText({ unchanged }: Ledger): string | undefined {
  if (unchanged.length === 0) return undefined;
  const named = unchanged.slice(0, 3).join(', ');
  return `Of ${counted(unchanged.length, 'acknowledged key')} (${named}${unchanged.length > 3 ? ', ...' : ''}) the rows are as they were before the load, so nobody knows whether what was acknowledged was kept: send keys that are new, or let finalState and the requests say the value.`;
}

function factsOf(recording: Recording, seen: Ledger): string[] {
  const { lost, acknowledged } = seen;
  const kept = `${(acknowledged - lost.length).toLocaleString('en-US')} of ${counted(acknowledged, 'acknowledged key')} are in the final state${recording.finalState?.settled ? `, which came to rest within ${readable(recording.finalState.settleTime)}` : ''}.`;
  return [
    lost.length > 0
      ? `${counted(lost.length, 'key')} ${lost.length === 1 ? 'was' : 'were'} acknowledged and ${lost.length === 1 ? 'is' : 'are'} not in the final state${whenText(lost)}: ${entriesText(lost)}.`
      : '',
    kept,
    recoveredText(seen),
    unexpectedText(seen),
    faultsText(recording.faults),
  ];
}
