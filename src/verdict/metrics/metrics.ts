import { duplicated } from '../checks/apply-each-once.ts';
import { lost } from '../checks/lose-nothing.ts';
import type { Metric } from '../metric.ts';
import { queueBacklog } from './backlog.ts';
import { availability, errorRate, redisOutageErrorRate, successAfter, successDuring } from './error-rate.ts';
import { answeredOfOffered } from './kept-up.ts';
import { p50, p95, p99 } from './latency.ts';
import { poolRecovery } from './pool-recovery.ts';
import { raceConditions, raceTime, slowestRace, winRate } from './races.ts';
import { databaseRecovery, otherRecovery, redisRecovery } from './recovery.ts';
import { recoverySignals } from './recovery-signals.ts';
import { rps } from './throughput.ts';
import { appCpu, appMemory, generatorMemory, rollbacks } from './usage.ts';

/** All metrics, in the order of the result table. */
export const metrics: readonly Metric[] = [
  rps,
  p50,
  p95,
  p99,
  errorRate,
  availability,
  answeredOfOffered,
  winRate,
  raceConditions,
  raceTime,
  slowestRace,
  redisOutageErrorRate,
  successDuring,
  successAfter,
  redisRecovery,
  databaseRecovery,
  otherRecovery,
  poolRecovery,
  ...recoverySignals,
  queueBacklog,
  lost,
  duplicated,
  rollbacks,
  appCpu,
  appMemory,
  generatorMemory,
];
