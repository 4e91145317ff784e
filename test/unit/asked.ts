import type { Recording, Window } from '../../src/recording/recording.ts';
import { judge } from '../../src/verdict/judge.ts';
import type { Judgement } from '../../src/verdict/judgement.ts';
import type { Metric } from '../../src/verdict/metric.ts';
import { backlogMetric } from '../../src/verdict/metrics/backlog.ts';
import { errorRateOf } from '../../src/verdict/metrics/error-rate.ts';
import { answeredOfOffered, keepingUp } from '../../src/verdict/metrics/kept-up.ts';
import { p95, p99 } from '../../src/verdict/metrics/latency.ts';
import { metrics } from '../../src/verdict/metrics/metrics.ts';
import { poolRecovery } from '../../src/verdict/metrics/pool-recovery.ts';
import { raceTime, winRate } from '../../src/verdict/metrics/races.ts';
import { recoveryOf } from '../../src/verdict/metrics/recovery.ts';
import { rps } from '../../src/verdict/metrics/throughput.ts';
import { toPercent } from '../../src/verdict/percent.ts';

/** The metric of a name. */
export function metricOf(name: string): Metric {
  const found = metrics.find((metric) => metric.name === name);
  if (!found) throw new Error(`no metric ${name}`);
  return found;
}

/** @param share 0 to 1 */
export const errorRateBelow = (window: Window, share: number, strict = false): Judgement =>
  judge(errorRateOf(window), '<', toPercent(share), window, { strict });

/** @param share 0 to 1 */
export const successAbove = (window: Window, share: number, name: string, strict = false): Judgement =>
  judge(metricOf(name), '>', toPercent(share), window, { strict });

/** @param bound milliseconds */
export const latencyBelow = (window: Window, share: 0.95 | 0.99, bound: number, strict = false): Judgement =>
  judge(share === 0.95 ? p95 : p99, '<', bound, window, { strict });

export const sustainRps = (window: Window, rate: number, relation: '>=' | '>' = '>='): Judgement =>
  judge(rps, relation, rate, window);

export const keepUp = (window: Window): Judgement => judge(answeredOfOffered, '>=', keepingUp, window);

/** @param share 0 to 1 */
export const winRateAbove = (
  recording: Recording,
  share: number,
  relation: '>' | '>=' = '>',
  strict = false,
): Judgement => judge(winRate, relation, toPercent(share), recording, { strict });

/** @param bound milliseconds */
export const raceTimeBelow = (recording: Recording, bound: number): Judgement => judge(raceTime, '<', bound, recording);

/** @param bound milliseconds */
export const recoverWithin = (recording: Recording, bound: number, relation: '<=' | '<' = '<='): Judgement =>
  judge(recoveryOf(recording), relation, bound, recording);

/** @param bound milliseconds */
export const poolRecoverWithin = (recording: Recording, bound: number, relation: '<=' | '<' = '<'): Judgement =>
  judge(poolRecovery, relation, bound, recording);

export const backlogBelow = (recording: Recording, bound: number, probe = 'backlog'): Judgement =>
  judge(backlogMetric(probe), '<', bound, recording);
