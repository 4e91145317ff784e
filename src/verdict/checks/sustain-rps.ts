import { errors } from '../../analysis/window/errors.ts';
import { offeredIn } from '../../analysis/window/flow.ts';
import { throughput } from '../../analysis/window/throughput.ts';
import { readable } from '../../duration.ts';
import type { Window } from '../../recording/recording.ts';
import { decided } from '../bound.ts';
import { concluded, nothingDue } from '../conclude.ts';
import type { Judgement } from '../judgement.ts';
import { neededAnswers } from '../samples.ts';
import { meaningOf, remedies } from '../words/advice.ts';
import { counted, errorsText, faultsText, over, rangeText } from '../words/evidence.ts';

/** Share of an offered rate that counts as having held it: the ends of a window cut off what is still under way. */
const achieved = 0.99;

/**
 * Did the app complete ok operations at this rate? An open load offered below the rate cannot tell; one offered at it holds
 * the rate with 99 % of what was offered.
 * @param rps operations per second
 * @param relation `>=` sustains the rate itself, `>` is a target that must be exceeded, without that allowance
 */
export function sustainRps(window: Window, rps: number, relation: '>=' | '>' = '>='): Judgement {
  const { rps: worst, best, completed, seconds } = throughput(window);
  const { operations, errors: count } = errors(window);
  const { load } = window.recording.generator;
  const offered = offeredRate(window);
  const wasDue = offered === undefined ? Number.NaN : Math.min(offered, offeredIn(window));
  const line = relation === '>=' && offered !== undefined && offered >= rps ? Math.min(rps, achieved * wasDue) : rps;
  const status = decided(best, worst, relation, line);
  return concluded({
    status,
    metric: 'RPS',
    value: status === 'fail' ? best : worst,
    shown: rangeText(best, worst, rateText),
    bound: `${relation} ${rateText(rps)}`,
    samples: completed,
    window,
    timed: true,
    doubt: nothingDue(window, operations) ?? offeredBelow(offered, rps, relation, load) ?? tooShort(seconds, rps),
    facts: [
      operations > 0
        ? `${counted(completed, 'ok answer')} in ${readable(seconds * 1_000)} ${over(window)}, from ${load}.`
        : '',
      status === 'pass' && worst < rps
        ? 'That is 99 % of what was offered: the rest was still under way at the end.'
        : '',
      faultsText(window.faults),
    ],
    advice: [count.worst > 0 ? errorsText(window) : '', meaningOf(window), remedies.rps],
  });
}

/** Why a rate says little of what the app can do: an open load whose offer it kept up with. Undefined when it fell behind. */
export function keptUp(window: Window): string | undefined {
  const offered = offeredRate(window);
  const { rps } = throughput(window);
  if (offered === undefined || rps < achieved * Math.min(offered, offeredIn(window))) return undefined;
  const { load } = window.recording.generator;
  return `${load} offered no more than ${rateText(offered)} and the app kept up, so it may sustain more.`;
}

/**
 * What an open load offered: its plan's rate, where as much was due in the window; else what was due, as for one name of many, or in stages.
 * Undefined for other loads.
 */
function offeredRate(window: Window): number | undefined {
  const { offeredRate: planned, loop } = window.recording.generator;
  if (loop !== 'open') return undefined;
  const due = offeredIn(window);
  const seconds = (window.to - window.from) / 1_000;
  // Arrivals drawn at random are fewer than planned now and then: by more than four standard deviations hardly ever.
  const isPlanned = planned !== undefined && due >= planned - 4 * Math.sqrt(planned / seconds);
  return isPlanned ? planned : due;
}

/** A rate as a person reads it: `512/s`, `9.5/s`. */
export function rateText(rate: number): string {
  if (Number.isNaN(rate)) return 'not measured';
  const rounded = rate < 10 ? Number(rate.toPrecision(2)) : Math.floor(rate);
  return `${rounded.toLocaleString('en-US')}/s`;
}

function offeredBelow(
  offered: number | undefined,
  rps: number,
  relation: '>=' | '>',
  load: string,
): string | undefined {
  if (offered === undefined || (relation === '>' ? offered > rps : offered >= rps)) return undefined;
  return `${load} offered ${rateText(offered)}, which cannot show whether the app sustains ${relation === '>' ? 'more than ' : ''}${rateText(rps)}: raise the rate of arrivals, or use autocannon, which sends as much as the app answers.`;
}

function tooShort(seconds: number, rps: number): string | undefined {
  if (seconds * rps >= neededAnswers) return undefined;
  return `The window lasts ${readable(seconds * 1_000)}, in which ${rateText(rps)} makes fewer than ${neededAnswers} answers: let the load last ${readable((neededAnswers / rps) * 1_000)} or longer.`;
}
