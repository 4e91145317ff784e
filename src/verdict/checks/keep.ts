import { findActiveFaults } from '../../analysis/window/active-faults.ts';
import { measureDelivery } from '../../analysis/window/delivery.ts';
import type { Recording } from '../../recording/recording.ts';
import { conclude, explainNothingDue } from '../conclude.ts';
import type { Judgement } from '../judgement.ts';
import { counted, faultsText } from '../words/evidence.ts';
import { instantText, notSettled, unread } from '../words/ledger-texts.ts';
import { askInvariant, type Invariant, type InvariantFinding, type Witness } from './invariant.ts';

/**
 * Was a rule of the user's own kept? A witness against it fails in any run, unless it was found in a final state that
 * had not come to rest. A rule that looks at a part of the recording that was not read is unknown. A second rule of the
 * same name on one recording is told apart by a number.
 * @throws Error naming the invariant, when it throws; TypeError when it returns anything but witnesses
 */
export function keep(recording: Recording, rule: Invariant): Judgement {
  const seen = askInvariant(rule, recording);
  const broken = seen.witnesses.length;
  const samples = recording.columns.length;
  const atRest = !seen.asksState || recording.finalState?.settled === true;
  const told = seen.cannotTell === undefined && seen.unread.size === 0;
  return conclude({
    status: broken > 0 ? 'fail' : 'pass',
    witness: broken > 0 && atRest,
    metric: `violations of ${nameApart(recording, rule)}`,
    value: told ? broken : Number.NaN,
    shown: told ? counted(broken, 'witness', 'witnesses') : 'not measured',
    bound: '0 witnesses',
    samples,
    window: recording,
    doubt: doubtOf(recording, rule, seen),
    facts: [witnessesText(recording, seen.witnesses), faultsText(recording.faults)],
    advice: [],
  });
}

const known = new WeakMap<Recording, Map<string, Invariant['check'][]>>();

/** The name of a rule; `'a rule' (2)` of the second one of that name that this recording is asked for. */
function nameApart(recording: Recording, { name, check }: Invariant): string {
  const rules = known.get(recording) ?? new Map<string, Invariant['check'][]>();
  known.set(recording, rules);
  const alike = rules.get(name) ?? [];
  rules.set(name, alike);
  if (!alike.includes(check)) alike.push(check);
  const number = alike.indexOf(check) + 1;
  return number === 1 ? `'${name}'` : `'${name}' (${number})`;
}

function doubtOf(recording: Recording, { name }: Invariant, seen: InvariantFinding): string | undefined {
  const [lacking] = seen.unread;
  if (lacking === 'the final state') return unread(recording, `whether '${name}' was kept`);
  if (lacking !== undefined) {
    return `The invariant '${name}' looks at ${lacking}, which this recording does not have, so nobody knows whether it was kept.`;
  }
  if (seen.cannotTell !== undefined) return seen.cannotTell || `The invariant '${name}' says that it cannot tell.`;
  if (seen.asksState && recording.finalState?.settled === false) return notSettled(recording);
  return explainNothingDue(recording, recording.columns.length) ?? nothingSent(recording);
}

function nothingSent(recording: Recording): string | undefined {
  const { due, sent } = measureDelivery(recording);
  if (sent > 0 || due === 0) return undefined;
  return `None of the ${counted(due, 'operation')} that were due was sent, so the rule was not put to the test.`;
}

/** Witnesses that are told. */
const mostTold = 3;

function witnessesText(recording: Recording, witnesses: readonly Exclude<Witness, string>[]): string {
  if (witnesses.length === 0) return '';
  const told = witnesses.slice(0, mostTold).map(({ what, key, at }) => {
    const fault = at === undefined ? undefined : findActiveFaults(recording, at);
    const when = at === undefined ? '' : ` (${instantText(at)}${fault ? `, during ${fault}` : ''})`;
    return `${key === undefined ? '' : `${key}: `}${what}${when}`;
  });
  const more = witnesses.length - told.length;
  return `${told.join('; ')}${more > 0 ? `; and ${more.toLocaleString('en-US')} more` : ''}.`;
}
