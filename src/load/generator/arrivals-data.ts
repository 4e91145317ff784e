import type { Schedule } from '../plan/schedule.ts';
import type { Part } from '../plan/share.ts';
import type { Transport } from '../plan/transport.ts';
import type { WarmUpPlan } from '../plan/warm-up.ts';

/** What one process of the open loop is told; times in milliseconds. */
export interface ArrivalsData {
  readonly transport: Transport;
  readonly schedule: Schedule;
  readonly part: Part;
  readonly duration: number;
  readonly warmUp: WarmUpPlan;
  readonly timeout: number;
  /** Of this process. */
  readonly maxInFlight: number;
}
