import { drawUpLedger, type Ledger } from '../../analysis/keys/ledger.ts';
import { readable } from '../../duration.ts';
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
import { keyedRuns } from './keyed-runs.ts';

/**
 * Keys that the app acknowledged and that are not in the final state. One in a state that came to rest is a witness.
 */
export const lost: Metric = {
  name: 'lost',
  unit: 'keys',
  of: 'run',
  better: 'less',
  worsen: ['a lost key'],
  how: 'keys with an ok answer that are not in the final state',
  windows: keyedRuns,
  measure: ({ recording }) => {
    const seen = drawUpLedger(recording);
    const count = seen ? seen.lost.length : Number.NaN;
    const reason = doubtOf(recording, seen);
    return {
      best: count,
      worst: count,
      samples: seen?.acknowledged ?? 0,
      needs: 0,
      doubts: reason === undefined ? [] : [{ reason }],
      witness: count > 0 && recording.finalState?.settled === true,
    };
  },
  words: {
    ofRun: { subject: 'lost keys (acknowledged, and not in the final state)', plural: true },
    facts: ({ window: { recording } }) => {
      const seen = drawUpLedger(recording);
      return seen ? factsOf(recording, seen) : [];
    },
    advice: ({ window }) => [remedyOf(window.recording, 'lost')],
  },
};

/**
 * Is every key that the app acknowledged in the final state? A lost key in a state that came to rest fails in any run.
 */
export function loseNothing(recording: Recording): Judgement {
  return judge(lost, '<=', 0, recording);
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
  const { lost: missing, acknowledged } = seen;
  const kept = `${(acknowledged - missing.length).toLocaleString('en-US')} of ${counted(acknowledged, 'acknowledged key')} are in the final state${recording.finalState?.settled ? `, which came to rest within ${readable(recording.finalState.settleTime)}` : ''}.`;
  return [
    missing.length > 0
      ? `${counted(missing.length, 'key')} ${missing.length === 1 ? 'was' : 'were'} acknowledged and ${missing.length === 1 ? 'is' : 'are'} not in the final state${whenText(missing)}: ${entriesText(missing)}.`
      : '',
    kept,
    recoveredText(seen),
    unexpectedText(seen),
    faultsText(recording.faults),
  ];
}
