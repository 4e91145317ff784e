import { drawUpLedger } from '../../analysis/keys/ledger.ts';
import {
  type Linearizability,
  type RegisterViolation,
  searchOrders,
} from '../../analysis/linearizability/linearizability.ts';
import type { RegisterCall, RegisterModel, Timed } from '../../analysis/linearizability/register.ts';
import type { Recording } from '../../recording/recording.ts';
import { conclude } from '../conclude.ts';
import type { Judgement } from '../judgement.ts';
import { counted, faultsText } from '../words/evidence.ts';
import { notSettled, unread } from '../words/ledger-texts.ts';

/**
 * Was each key's register linearizable: is there an order of its operations in which each takes effect between its
 * sending and its answer? A key without one fails in any run; a search that was cut short is unknown.
 * @param states configurations that the search may look at
 */
export function linearizable(recording: Recording, model: RegisterModel, states?: number): Judgement {
  const seen = searchOrders(recording, model, states);
  const violated = seen.violating > 0;
  return conclude({
    status: violated ? 'fail' : 'pass',
    witness: violated,
    metric: 'not linearizable',
    subject: 'keys that are not linearizable (no order explains what was answered)',
    plural: true,
    value: seen.keys > 0 ? seen.violating : Number.NaN,
    shown: seen.keys > 0 ? counted(seen.violating, 'key') : 'not measured',
    bound: '0 keys',
    samples: seen.operations,
    window: recording,
    doubt: blind(recording, model) ?? doubtOf(seen),
    facts: [
      ...seen.violations.map(violationText),
      seen.violating > seen.violations.length
        ? `And ${counted(seen.violating - seen.violations.length, 'more key', 'more keys')}.`
        : '',
      summary(seen),
      faultsText(recording.faults),
    ],
    advice: [advice],
  });
}

const advice =
  'A healthy service shows what it has acknowledged to everybody who asks afterwards: it reads where it writes (a replica or a cache may lag behind), and compares and sets in one statement (UPDATE ... WHERE value = $1) or under a lock that it takes before it reads.';

/** Why the final state, which counts as a last read, tells nothing; undefined where it does, or does not count. */
function blind(recording: Recording, { finalState }: RegisterModel): string | undefined {
  if (!finalState) return undefined;
  if (recording.stateUnread !== undefined)
    return unread(recording, 'what the registers held before the load and after it');
  if (!recording.finalState) return undefined;
  const { settled, after } = recording.finalState;
  if (settled && after.length === 0) return emptied(drawUpLedger(recording)?.lost.length ?? 0);
  return settled || after.every(({ value }) => value === undefined) ? undefined : notSettled(recording);
}

function emptied(lost: number): string | undefined {
  if (lost === 0) return undefined;
  return `The final state has no row at all, though ${counted(lost, 'key')} ${lost === 1 ? 'was' : 'were'} acknowledged: all of that is lost, as toLoseNothing() says, or finalState reads something else; pass register({ finalState: false }) if it does.`;
}

function doubtOf({ keys, unseen, unsaid, unheld, undecided, states }: Linearizability): string | undefined {
  if (unsaid > 0) {
    return `Of ${counted(unsaid, 'key')}, a write, or a row of the final state before the load, does not say its value: give each request that writes a value, and pass register({ call }) that returns undefined for what is none of the register's business.`;
  }
  if (keys === 0) {
    return unseen === 0
      ? 'No operation that was sent carried a key and was one of the register: let request() return a key, a value and, of what reads, where the answer has the value.'
      : `Nothing was read of ${counted(unseen, 'key')} that were written, so nothing could contradict any order: read the keys as well (reads in request()), or pass a finalState with values.`;
  }
  if (unheld.length > 0) {
    return `Of ${counted(unheld.length, 'key')} (${unheld.slice(0, 3).join(', ')}) something was read that nobody had written by then, and nobody knows what was there before the run: say so with register({ initial }), or pass finalState to run(), with values.`;
  }
  if (undecided.length > 0) {
    return `The search was cut short for ${counted(undecided.length, 'key')} (${undecided.slice(0, 3).join(', ')}), after ${counted(states, 'configuration')} in all: pass more of them, toBeLinearizable({ model, states: ${(states * 10).toLocaleString('en-US').replaceAll(',', '_')} }), or spread the load over more keys.`;
  }
  return undefined;
}

function summary({ keys, operations, unseen, unheld, undecided, violating }: Linearizability): string {
  if (keys === 0) return '';
  const good = keys - violating - undecided.length - unheld.length;
  const rest = unseen > 0 ? ` Nothing was seen of ${counted(unseen, 'more key', 'more keys')}.` : '';
  return `An order was found for ${good.toLocaleString('en-US')} of ${counted(keys, 'key')} with ${counted(operations, 'operation')}.${rest}`;
}

/** Operations of one key that are named. */
const mostNamed = 12;

function violationText({ key, held, operations, last, fault, seen }: RegisterViolation): string {
  const shown = operations.slice(-mostNamed);
  const skipped = operations.length - shown.length;
  const before = `the key held ${valueText(held)} before them`;
  const told = shown.map((one) => `${timedText(one)}${one === last && fault ? `, during ${fault}` : ''}`);
  const these = operations.length === 1 ? 'this operation fits' : `these ${operations.length} operations fit`;
  return `${key}: ${these} no order (${before}${skipped > 0 ? `; the last ${shown.length} of them` : ''}): ${told.join('; ')}.${sourceText(last.call, seen)}`;
}

function sourceText(call: RegisterCall, seen: RegisterViolation['seen']): string {
  if (seen === undefined) return '';
  const saw = valueText(call.kind === 'cas' ? call.from : call.value);
  return seen === 'failed'
    ? ` ${saw} was written only by what was answered as failed, so that it must not be there.`
    : ` Nobody wrote ${saw}.`;
}

function timedText({ call, from, to, final }: Timed): string {
  if (final) return `the final state holds ${valueText(call.kind === 'read' ? call.value : undefined)}`;
  const when = Number.isFinite(to)
    ? `${instant(from)} to ${instant(to)} ms`
    : `sent at ${instant(from)} ms, what became of it is not known`;
  return `${callText(call)} (${when})`;
}

function callText(call: RegisterCall): string {
  switch (call.kind) {
    case 'read':
      return `read ${valueText(call.value)}`;
    case 'write':
      return call.value === undefined ? 'removal' : `write of ${valueText(call.value)}`;
    case 'cas':
      return call.swapped === false
        ? `told that it was not ${valueText(call.from)}`
        : `swap of ${valueText(call.from)} for ${valueText(call.to)}`;
  }
}

function valueText(value: string | undefined): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

/** Milliseconds, finely enough to see what came first. */
function instant(ms: number): string {
  return ms.toLocaleString('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}
