import { shareInterval } from '../../analysis/stats/interval.ts';
import { countErrors } from '../../analysis/window/errors.ts';
import { measureOffered } from '../../analysis/window/flow.ts';
import { measureThroughput } from '../../analysis/window/throughput.ts';
import { readable } from '../../duration.ts';
import type { Window } from '../../recording/recording.ts';
import { explainNothingDue } from '../conclude.ts';
import { beyond, upTo } from '../grade.ts';
import type { Measured, Metric, Question } from '../metric.ts';
import { neededAnswers } from '../samples.ts';
import { meaningOf, remedyOf } from '../words/advice.ts';
import { counted, errorsText, faultsText, over } from '../words/evidence.ts';
import { rateText } from '../words/units.ts';
import { withoutFault } from './outages.ts';

/** Share of an offered rate that counts as having held it: the ends of a window cut off what is still under way. */
const achieved = 0.99;

/**
 * Ok operations per second. An app that kept up with an open load may do more than was offered: at best without end. An
 * app that was offered a rate or more holds it (`>=`) with 99 % of what was offered; exceeding a rate (`>`) has no such
 * allowance.
 */
export const rps: Metric = {
  name: 'RPS',
  unit: '/s',
  of: 'window',
  better: 'more',
  worsen: ['an error', 'silence'],
  how: 'ok operations that ended in the window, per second',
  windows: withoutFault,
  timed: true,
  grades: [
    upTo(100, 'critical', 'act now'),
    upTo(500, 'warning', 'find the bottleneck'),
    upTo(1000, 'good', 'monitor'),
    beyond('excellent'),
  ],
  measure: measured,
  // A rate that leads one to expect answers enough is judged by those that came, however few.
  needed: ({ window, bound }) => (secondsOf(window) * bound >= neededAnswers ? 0 : neededAnswers),
  line: ({ window, relation, bound }) => {
    const offered = offeredRate(window);
    return relation === '>=' && offered !== undefined && offered >= bound
      ? Math.min(bound, achieved * wasDue(window))
      : bound;
  },
  words: {
    few: (_, __, question) => tooShort(question),
    undecided: offeredText,
    facts: ({ window, measured: { samples, worst }, bound, status }) => [
      countErrors(window).operations > 0
        ? `${counted(samples, 'ok answer')} in ${readable(secondsOf(window) * 1_000)} ${over(window)}, from ${window.recording.generator.load}.`
        : '',
      status === 'pass' && worst < bound
        ? 'That is 99 % of what was offered: the rest was still under way at the end.'
        : '',
      faultsText(window.faults),
    ],
    advice: ({ window }) => {
      const { errors: count } = countErrors(window);
      return [count.worst > 0 ? errorsText(window) : '', meaningOf(window), remedyOf(window.recording, 'rps')];
    },
  },
};

function measured(window: Window): Measured {
  const { rps: worst, best, completed } = measureThroughput(window);
  // A connection of a closed loop that waits for its answer is due all the while.
  const { length } = window.recording.columns;
  const asked = window.recording.generator.loop === 'closed' ? length : countErrors(window).operations;
  const nothing = explainNothingDue(window, asked);
  return {
    best: keptUp(window) ? Number.POSITIVE_INFINITY : best,
    worst,
    seen: { best, worst },
    interval: intervalOf(window),
    samples: completed,
    needs: neededAnswers,
    doubts: nothing === undefined ? [] : [{ reason: nothing }],
  };
}

/**
 * The interval of few answers, taken for a Poisson count: a binomial one of very many trials. Undefined of many, and
 * where the app may do any amount more.
 */
function intervalOf(window: Window): Measured['interval'] {
  const { best, completed, seconds } = measureThroughput(window);
  if (completed >= neededAnswers || seconds === 0 || !Number.isFinite(best) || keptUp(window)) return undefined;
  const trials = 1e7;
  const [low] = shareInterval(completed, trials);
  const [, high] = shareInterval(Math.round(best * seconds), trials);
  return [(low * trials) / seconds, (high * trials) / seconds];
}

/** Whether an app kept up with what an open load offered, so that it may do more. */
function keptUp(window: Window): boolean {
  return offeredRate(window) !== undefined && measureThroughput(window).best >= achieved * wasDue(window);
}

/**
 * What an open load offered. It is its plan's rate, where as much was due in the window. Else it is what was due, as
 * for one name of many, or in stages. Undefined for other loads.
 */
function offeredRate(window: Window): number | undefined {
  const { offeredRate: planned, loop } = window.recording.generator;
  if (loop !== 'open') return undefined;
  const due = measureOffered(window);
  // Arrivals drawn at random are fewer than planned now and then: by more than four standard deviations hardly ever.
  const isPlanned = planned !== undefined && due >= planned - 4 * Math.sqrt(planned / secondsOf(window));
  return isPlanned ? planned : due;
}

/** Arrivals drawn at random offer less than their rate now and then, which is not held against the app. */
function wasDue(window: Window): number {
  return Math.min(offeredRate(window) ?? Number.NaN, measureOffered(window));
}

function offeredText(window: Window, bound?: string): string | undefined {
  const offered = offeredRate(window);
  if (offered === undefined || !keptUp(window)) return undefined;
  const { load } = window.recording.generator;
  if (bound === undefined)
    return `${load} offered no more than ${rateText(offered)} and the app kept up, so it may sustain more.`;
  return `${load} offered ${rateText(offered)}${window.only === undefined ? '' : ` of ${window.only}`}, which cannot show whether the app sustains ${bound}: raise the rate of arrivals, or use autocannon, which sends as much as the app answers.`;
}

function tooShort({ window, bound }: Question): string {
  const lasts = readable(secondsOf(window) * 1_000);
  return `The window lasts ${lasts}, in which ${rateText(bound)} makes fewer than ${neededAnswers} answers: let the load last ${readable((neededAnswers / bound) * 1_000)} or longer.`;
}

function secondsOf(window: Window): number {
  return measureThroughput(window).seconds;
}
