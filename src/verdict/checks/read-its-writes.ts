import { judgeReads, type Reads, type WrongRead } from '../../analysis/keys/reads.ts';
import { readable } from '../../duration.ts';
import type { Recording } from '../../recording/recording.ts';
import { conclude } from '../conclude.ts';
import type { Judgement } from '../judgement.ts';
import { remedyOf } from '../words/advice.ts';
import { counted, faultsText } from '../words/evidence.ts';
import { faultText, instantText } from '../words/ledger-texts.ts';

/** Does every read of an acknowledged key see what was written there? Another value, or nothing, fails in any run. */
export function readItsWrites(recording: Recording): Judgement {
  const seen = judgeReads(recording);
  const { wrong, judged } = seen;
  return conclude({
    status: wrong.length > 0 ? 'fail' : 'pass',
    witness: wrong.length > 0,
    metric: 'wrong reads',
    subject: 'wrong reads (an acknowledged write was not seen)',
    plural: true,
    value: judged > 0 ? wrong.length : Number.NaN,
    shown: judged > 0 ? counted(wrong.length, 'read') : 'not measured',
    bound: '0 reads',
    samples: judged,
    window: recording,
    doubt: doubtOf(seen),
    facts: factsOf(recording, seen),
    advice: [
      remedyOf(recording, 'wrongReads'),
      wrong.length === judged && wrong.some(({ saw }) => saw !== undefined)
        ? "No read saw what was written, so see also that `reads` names the part of the answer that a write's `value` is about."
        : '',
    ],
  });
}

function doubtOf({ sent, answered, judged }: Reads): string | undefined {
  if (sent === 0) {
    return "No operation that was sent reads a key: let some requests say where their answer holds the value, for example { path: '/orders/17', key: '17', reads: '/status' }.";
  }
  if (judged > 0) return undefined;
  if (answered === 0)
    return `None of ${counted(sent, 'read')} was answered with a value or a 404, so nobody knows what they saw.`;
  return `None of ${counted(answered, 'read')} came after an acknowledged write of its key, so each might see anything: give writes and reads the same keys, and let a read be due some time after its write.`;
}

function factsOf(recording: Recording, { sent, answered, judged, wrong }: Reads): string[] {
  if (sent === 0) return [];
  const silent = sent - answered;
  return [
    wrong.length > 0 ? `${counted(wrong.length, 'read')} did not see what was written: ${wrongText(wrong)}.` : '',
    `${(judged - wrong.length).toLocaleString('en-US')} of ${counted(judged, 'read')} of acknowledged keys saw what was written.`,
    silent > 0
      ? `${counted(silent, 'read')} of ${sent.toLocaleString('en-US')} got no answer that tells what is there; they count as errors, not as wrong.`
      : '',
    faultsText(recording.faults),
  ];
}

/** Up to three reads, each with what was written before, when, and under which fault it was read. */
function wrongText(wrong: readonly WrongRead[]): string {
  const shown = wrong
    .slice(0, 3)
    .map(
      (read) => `key ${read.key} (${sawText(read)} ${instantText(read.at)}${faultText(read)}; ${writtenText(read)})`,
    );
  const more = wrong.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more.toLocaleString('en-US')} more` : shown.join(', ');
}

function sawText({ saw, category }: WrongRead): string {
  if (saw !== undefined) return `read ${quoted(saw)}`;
  return category === 'ok' ? 'read nothing' : category;
}

function writtenText({ at: readAt, fault: readUnder, written: { kind, value, at, fault } }: WrongRead): string {
  const deed = kind === 'remove' ? 'its removal' : value === undefined ? 'its write' : quoted(value);
  const under = fault && fault !== readUnder ? `, during ${fault}` : '';
  return `${deed} was acknowledged ${readable(readAt - at)} earlier${under}`;
}

/** Most characters of a value in a message. */
const most = 60;

function quoted(value: string): string {
  return JSON.stringify(value.length > most ? `${value.slice(0, most)}...` : value);
}
