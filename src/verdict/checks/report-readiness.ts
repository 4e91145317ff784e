import {
  type Contradiction,
  judgeReadiness,
  lengthOf,
  pickLongest,
  type Readiness,
} from '../../analysis/health/health-readiness.ts';
import { type Poll, pollsOf } from '../../analysis/health/health-words.ts';
import { countOverdue, fewestInBin, usualWorkWithin, workBin } from '../../analysis/health/health-work.ts';
import { countErrors } from '../../analysis/window/errors.ts';
import { readable } from '../../duration.ts';
import type { HealthPolls, Recording } from '../../recording/recording.ts';
import { conclude, explainNothingDue } from '../conclude.ts';
import type { Judgement, Status } from '../judgement.ts';
import { counted, errorsText, faultsText } from '../words/evidence.ts';
import { answersText, fromTo, meanwhileText, pollsOfKind, windowOf } from '../words/health-texts.ts';

/** Known polls below which nothing is said of an app's readiness. */
const neededPolls = 10;

/**
 * Did the app's readiness tell the truth? It may contradict the app's work for at most `within` at a time: say ready
 * while its work fails, or not ready while its work is done. An app that goes on with its work in an outage is rightly
 * ready.
 * @param within milliseconds
 * @param workWithin milliseconds after which an operation counts as not done
 * @throws TypeError when the app's readiness was not asked for
 */
export function reportReadiness(recording: Recording, within: number, workWithin = usualWorkWithin): Judgement {
  const polls = pollsOfKind(recording, 'ready', 'toReportReadiness');
  const seen = judgeReadiness(recording, polls, workWithin);
  const [best, worst] = [pickLongest(seen.contradictions.certain), pickLongest(seen.contradictions.possible)];
  const lengths = { best: best ? lengthOf(best) : 0, worst: worst ? lengthOf(worst) : 0 };
  const doubt = lengths.best > within ? undefined : doubtOf(seen, lengths, within);
  const status: Status = lengths.best > within ? 'fail' : doubt === undefined ? 'pass' : 'unknown';
  const told = status === 'fail' ? best : (worst ?? best);
  const value = status === 'fail' ? lengths.best : lengths.worst;
  const { operations } = countErrors(recording);
  return conclude({
    status,
    metric: 'readiness',
    subject: 'the readiness that the app reports',
    value,
    shown: value === 0 || !told ? 'never wrong' : `${told.said} for ${readable(value)} ${wrongly(told)}`,
    bound: `true within ${readable(within)}`,
    samples: seen.known,
    needed: neededPolls,
    window: recording,
    timed: seen.contradictions.certain.filter((one) => lengthOf(one) > within),
    doubt: explainNothingDue(recording, operations) ?? doubt,
    facts: [
      ...(status === 'pass' || !told
        ? []
        : [contradictionText(recording, { polls, told, certain: status === 'fail', workWithin })]),
      othersText(seen, told, within),
      countsText(polls, seen),
      faultsText(recording.faults),
    ],
    advice: [told ? adviceOn(told) : ''],
  });
}

function wrongly({ said }: Contradiction): string {
  return said === 'ready' ? 'while its work failed' : 'while its work was done';
}

function doubtOf(
  { known, work, cut, untold }: Readiness,
  { best, worst }: { readonly best: number; readonly worst: number },
  within: number,
): string | undefined {
  if (known < neededPolls) {
    return `Too few answers: readiness was asked for ${counted(known, 'time')} with a known answer, and a statement needs ${neededPolls}. Let the load last longer.`;
  }
  if (work.measured < work.bins / 2) {
    return `Too few operations: only ${work.measured} of ${counted(work.bins, 'bin')} of ${readable(workBin)} had ${fewestInBin} operations or more, so nobody knows whether the app did its work. Let arrivals send 10 requests a second or more.`;
  }
  if (work.failing.certain.length + work.working.certain.length === 0) {
    return 'The app did its work neither well (90 % done within a second) nor badly (more than half failed) at any time, so its word can be held against nothing.';
  }
  if (cut) {
    return `The run ended while its readiness was wrong, after ${readable(lengthOf(cut))} of it, too soon to tell about ${readable(within)}: let the load last longer.`;
  }
  if (untold && lengthOf(untold) <= within) {
    return `Its work failed ${fromTo(untold)}, and it did not say so; with ${readable(within)} to notice, nobody knows whether it would have. Let the fault last longer than that, or ask for less.`;
  }
  if (worst > within) {
    return `Its readiness was wrong for between ${readable(best)} and ${readable(worst)}, depending on what the polls and the load generator missed.`;
  }
  return undefined;
}

interface ToldReadiness {
  readonly polls: HealthPolls;
  readonly told: Contradiction;
  readonly certain: boolean;
  readonly workWithin: number;
}

function contradictionText(recording: Recording, { polls, told, certain, workWithin }: ToldReadiness): string {
  const inside = pollsOf(polls).filter((poll) => isIn(poll, told, certain));
  const verb = certain ? 'said' : 'may have said';
  const work = told.said === 'ready' ? 'its work failed' : 'its work was done';
  const window = windowOf(recording, told);
  const overdue = countOverdue(window, workWithin);
  return [
    `The app ${verb} ${told.said} ${fromTo(told)} (GET ${polls.path}: ${answersText(inside)}), while ${work}: ${lower(errorsText(window))}`,
    overdue > 0
      ? `${counted(overdue, 'more operation')} took longer than ${readable(workWithin)}, which is not done.`
      : '',
    meanwhileText(recording.faults, told),
  ]
    .filter(Boolean)
    .join(' ');
}

/** Whether a poll speaks for a contradiction; of one that is only possible, one whose answer nobody knows does too. */
function isIn({ told, says }: Poll, { from, to, said }: Contradiction, certain: boolean): boolean {
  return told >= from && told <= to && (says === (said === 'ready') || (!certain && says === undefined));
}

function othersText({ contradictions }: Readiness, told: Contradiction | undefined, within: number): string {
  const others = contradictions.certain.filter(
    (one) => lengthOf(one) > within && !(told && one.from <= told.to && told.from <= one.to),
  );
  if (others.length === 0) return '';
  return `It was wrong ${counted(others.length, 'more time')}: ${others.map((one) => `${one.said} ${fromTo(one)}`).join(', ')}.`;
}

function countsText({ path }: HealthPolls, { known, notReady, missing }: Readiness): string {
  const unseen = missing > 0 ? `; of ${missing} more nobody knows the answer` : '';
  return `GET ${path} said not ready to ${notReady} of ${counted(known, 'poll')}${unseen}.`;
}

function adviceOn({ said }: Contradiction): string {
  return said === 'ready'
    ? 'A healthy service says that it is not ready (503) as long as it cannot do its work: readiness asks what the work needs, with a time limit, or goes by the state of a circuit breaker. Then requests go to instances that can serve them.'
    : 'A healthy service is ready as long as it does its work, by a fallback too, and again as soon as it can: an orchestrator that trusts it would take every instance out of service for nothing.';
}

function lower(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}
