import { isOwnFault, judgeLiveness, type Liveness } from '../../analysis/health/health-liveness.ts';
import type { Poll, Stretch } from '../../analysis/health/health-words.ts';
import { greatest } from '../../analysis/stats/order.ts';
import { countErrors } from '../../analysis/window/errors.ts';
import { readable } from '../../duration.ts';
import type { FaultRecord, HealthPolls, Recording } from '../../recording/recording.ts';
import { conclude } from '../conclude.ts';
import type { Judgement, Status } from '../judgement.ts';
import { counted, errorsText, faultsText, timeText } from '../words/evidence.ts';
import { answersText, fromTo, meanwhileText, pollsOfKind, windowOf } from '../words/health-texts.ts';

/** Polls below which nothing is said of an app's liveness. */
const neededPolls = 10;

/** Milliseconds without a poll after which nobody can say that the app lived throughout. */
const longestUnasked = 2_500;

/** Polls in a row, or a single one, that were late. */
interface Spell extends Stretch {
  readonly polls: readonly Poll[];
}

/**
 * Did liveness answer 2xx within `within`, every time, whatever the dependencies did? Effects of a fault of the app
 * itself are left out.
 * @param within milliseconds
 * @throws TypeError when the app's liveness was not asked for; RangeError when the polls did not wait for so long
 */
export function stayLive(recording: Recording, within: number): Judgement {
  const polls = pollsOfKind(recording, 'live', 'toStayLive');
  if (within > polls.timeout) {
    throw new RangeError(
      `toStayLive({ within }) can be at most ${readable(polls.timeout)}, for which a poll waits; got ${readable(within)}`,
    );
  }
  const seen = judgeLiveness(recording, polls, within);
  const { certain, possible } = seen.late;
  const status: Status = certain.length > 0 ? 'fail' : possible.length > 0 ? 'unknown' : 'pass';
  const slowest = status === 'fail' ? seen.slowest.certain : seen.slowest.possible;
  const spells = spellsOf(certain.length > 0 ? certain : possible, seen.judged);
  const { operations } = countErrors(recording);
  return conclude({
    status,
    metric: 'liveness',
    subject: "the app's answer to whether it lives",
    value: slowest,
    shown: seen.judged.length === 0 ? 'not asked' : shownOf(certain, slowest),
    bound: `2xx within ${readable(within)}`,
    samples: seen.judged.length,
    needed: neededPolls,
    window: recording,
    timed: spells,
    // A status that says no was not late for want of CPU.
    witness: certain.some(({ answer }) => typeof answer === 'number' && answer >= 300),
    doubt: certain.length > 0 ? undefined : doubtOf(recording, polls, { seen, within }),
    facts: [
      spells.length > 0 ? spellText(recording, polls, spells) : '',
      countsText(polls, seen),
      operations > 0 ? faultsText(recording.faults) : '',
    ],
    advice: [
      'A healthy service answers for its liveness without asking anything of its dependencies: an orchestrator restarts whoever does not, and a restart mends no database. What depends on others belongs into readiness.',
    ],
  });
}

function shownOf(late: readonly Poll[], slowest: number): string {
  const status = late.find(({ answer }) => typeof answer === 'number' && answer >= 300);
  if (status) return `answer ${status.answer}`;
  return slowest === Number.POSITIVE_INFINITY ? timeText(slowest) : `${readable(slowest)} at most`;
}

function doubtOf(
  { faults, duration }: Recording,
  polls: HealthPolls,
  { seen, within }: { readonly seen: Liveness; readonly within: number },
): string | undefined {
  const { judged, late, slowest, excused, unasked } = seen;
  if (judged.length < neededPolls) {
    return `Too few answers: liveness was asked for ${counted(judged.length, 'time')} outside of the faults of the app itself (${excused} in them), and a statement needs ${neededPolls}. Let the load last longer.`;
  }
  const unseen = faults.find(
    (fault) => !isOwnFault(fault, polls) && !judged.some((poll) => meets(poll, fault, duration)),
  );
  if (unseen) {
    return `No poll of liveness was answered while ${unseen.name} was in effect, so nobody knows what it would have said. Let the fault last longer.`;
  }
  if (late.possible.length === 0) {
    return unasked.to - unasked.from > longestUnasked
      ? `Nobody asked ${fromTo(unasked)}: the process that asks stood still, and what liveness would have said then is not known. Run on a machine with a core to spare.`
      : undefined;
  }
  return `${counted(late.possible.length, 'poll')} took up to ${timeText(slowest.possible)}, more than ${readable(within)}, but the process that asks stood still meanwhile: run on a machine with a core to spare.`;
}

function meets({ at, told }: Poll, { inEffectAt, healedAt }: FaultRecord, end: number): boolean {
  return told >= inEffectAt && at <= (Number.isFinite(healedAt) ? healedAt : end);
}

/** Late polls with none in time between them. */
function spellsOf(late: readonly Poll[], all: readonly Poll[]): Spell[] {
  const spells: { from: number; to: number; polls: Poll[] }[] = [];
  const isLate = new Set(late);
  let previous: Poll | undefined;
  for (const poll of all) {
    if (isLate.has(poll)) {
      const last = spells.at(-1);
      if (last && previous && last.polls.at(-1) === previous) {
        last.to = poll.told;
        last.polls.push(poll);
      } else spells.push({ from: poll.at, to: poll.told, polls: [poll] });
    }
    previous = poll;
  }
  return spells;
}

function spellText(recording: Recording, { path }: HealthPolls, spells: readonly Spell[]): string {
  const worst = spells.reduce((most, one) => (one.to - one.from > most.to - most.from ? one : most));
  const took = greatest(worst.polls.map((poll) => poll.took.worst));
  const others = spells.length > 1 ? ` It did so ${counted(spells.length - 1, 'more time')}.` : '';
  return [
    `GET ${path} did not say in time that the app lives ${fromTo(worst)}: ${answersText(worst.polls)}, after up to ${readable(took)}.${others}`,
    meanwhileText(recording.faults, worst),
    errorsText(windowOf(recording, worst)),
  ].join(' ');
}

function countsText({ path }: HealthPolls, { judged, late, excused, alone }: Liveness): string {
  const left = excused > 0 ? `; ${excused} more met a fault of the app itself and do not count` : '';
  const lone =
    alone.length > 0
      ? ` A late answer alone, up to ${readable(greatest(alone.map(({ took }) => took.worst)))} (${counted(alone.length, 'time')}), is not held against it.`
      : '';
  return `GET ${path} was late or said no ${late.possible.length} of ${counted(judged.length, 'time')}${left}.${lone}`;
}
