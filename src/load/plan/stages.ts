import { type Duration, milliseconds, readable } from '../../duration.ts';
import { someTime } from '../checks.ts';
import type { CurveStep } from './curve.ts';

/** A part of a load: to another rate in a straight line (`over: 0`: at once), or on at the rate that was reached. */
export type Stage =
  | { readonly to: number; readonly over: Duration; readonly hold?: never }
  | { readonly hold: Duration; readonly to?: never; readonly over?: never };

const shape = "{ to: 500, over: '10s' } or { hold: '30s' }";

/**
 * Stages as steps of a rate curve.
 * @param start operations per second at which the first stage begins, from 0
 * @throws TypeError naming the stage, the rule and the value seen
 */
export function stepsOf(start: number, stages: readonly Stage[]): CurveStep[] {
  mustBeRate(start, 'arrivals: rate, at which the first stage starts,');
  if (!Array.isArray(stages) || stages.length === 0) {
    throw new TypeError(`arrivals: stages must be a list of one or more of ${shape}; got ${show(stages)}`);
  }
  const steps: CurveStep[] = [];
  let rate = start;
  for (const [index, stage] of (stages as readonly Stage[]).entries()) {
    const step = stepOf(rate, stage, `arrivals: stages[${index}]`);
    const last = steps.at(-1);
    if (step.length === 0 && (last?.length === 0 || index === stages.length - 1)) {
      throw new TypeError(
        `arrivals: stages[${last?.length === 0 ? index - 1 : index}] has no length and nothing after it that has: follow a jump ({ to, over: 0 }) by a stage that lasts, such as { hold: '30s' }`,
      );
    }
    steps.push(step);
    rate = step.endRate;
  }
  if (steps.every((step) => step.length === 0 || (step.startRate === 0 && step.endRate === 0))) {
    throw new TypeError(
      'arrivals: the stages offer nothing at all: their rate is 0 all the time; give one of them a rate above 0, { to: 500, over: 0 }',
    );
  }
  return steps;
}

/** Stages as a person reads them: `10/s, to 500/s over 10.0 s, held for 30.0 s, to 1000/s at once, held for 5.0 s`. */
export function stagesText(start: number, steps: readonly CurveStep[]): string {
  const told = steps.map(({ startRate, endRate, length }) => {
    if (length === 0) return `to ${endRate}/s at once`;
    return startRate === endRate ? `held for ${readable(length)}` : `to ${endRate}/s over ${readable(length)}`;
  });
  return [`${start}/s`, ...told].join(', ');
}

function stepOf(rate: number, stage: Stage, subject: string): CurveStep {
  const keys = typeof stage === 'object' && stage !== null ? Object.keys(stage).toSorted().join(' ') : '';
  if (keys === 'hold')
    return { startRate: rate, endRate: rate, length: someTime(stage.hold as Duration, `${subject}.hold`) };
  if (keys !== 'over to') {
    throw new TypeError(`${subject} must be ${shape}, one of the two; got ${show(stage)}`);
  }
  const { to, over } = stage as Extract<Stage, { to: number }>;
  mustBeRate(to, `${subject}.to`);
  const length = milliseconds(over, `${subject}.over`);
  return { startRate: length === 0 ? to : rate, endRate: to, length };
}

function mustBeRate(rate: unknown, subject: string): void {
  if (typeof rate === 'number' && Number.isFinite(rate) && rate >= 0) return;
  throw new TypeError(`${subject} must be a number of operations per second from 0; got ${String(rate)}`);
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
