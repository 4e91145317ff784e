import { fitScalabilityLaw, type ScalabilityLaw, type ThroughputAt } from '../analysis/stats/usl.ts';
import { countErrors } from '../analysis/window/errors.ts';
import { measureThroughput } from '../analysis/window/throughput.ts';
import type { Experiment } from '../experiment.ts';
import { type AutocannonOptions, autocannon } from '../load/autocannon.ts';
import type { Recording } from '../recording/recording.ts';
import { type BreakingPoint, bracketText } from '../verdict/breaking-point.ts';
import { percentText } from '../verdict/percent.ts';
import { counted } from '../verdict/words/evidence.ts';
import { rateText } from '../verdict/words/units.ts';
import { type BreakingPointSearch, resetOf } from './options.ts';
import { asTrial } from './trial.ts';

/** Connections of the probes. */
const probed = [1, 2, 4, 8, 16, 32];

/** How far the law's peak may lie outside of the bracket and still agree with it. */
const tolerance = 0.2;

/** Most errors of a probe that is still about throughput. */
const mostErrors = 0.01;

/** Residuals above it mean that the app does not scale by the law. */
const worstFit = 0.15;

type ProbeOptions = Pick<AutocannonOptions, 'request' | 'timeout' | 'allowHosts'> &
  Pick<Experiment, 'prepare'> &
  Pick<BreakingPointSearch<Recording>, 'reset'>;

/**
 * Measures the throughput of closed loops and adds a note to what was found: whether the universal scalability law,
 * fitted to it, agrees.
 * @throws Error when a probe throws
 */
export async function crossCheckPoint(
  point: BreakingPoint,
  run: (plan: Experiment) => Promise<Recording>,
  { prepare, reset: wanted, request, timeout, allowHosts }: ProbeOptions,
): Promise<BreakingPoint> {
  const reset = resetOf(wanted);
  const measured: ThroughputAt[] = [];
  for (const [index, connections] of probed.entries()) {
    const load = autocannon({
      connections,
      duration: '2s',
      warmUp: '1s',
      request,
      ...(timeout !== undefined && { timeout }),
      ...(allowHosts && { allowHosts }),
    });
    const recording = await asTrial(`cross-check: ${counted(connections, 'connection')}`, async () => {
      await reset(index + 2);
      return run({ load, ...(prepare && { prepare }) });
    });
    const { rps } = measureThroughput(recording);
    if (rps > 0 && countErrors(recording).share.worst <= mostErrors) measured.push({ connections, throughput: rps });
  }
  return { ...point, notes: [...point.notes, crossCheckNote(point, measured)] };
}

/** What the law, fitted to the throughput of closed loops, says of a bracket of offered rates. */
export function crossCheckNote(point: BreakingPoint, measured: readonly ThroughputAt[]): string {
  const law = fitScalabilityLaw(measured);
  const seen = measured.map((one) => `${rateText(one.throughput)} with ${one.connections}`).join(', ');
  const head = 'Cross-check by the universal scalability law';
  if (!law) {
    return `${head}: not possible, for fewer than three closed loops had at most ${percentText(mostErrors)} errors${seen && ` (${seen})`}.`;
  }
  const said = `${head}: ${describeLaw(law)}, from ${seen} ${measured.at(-1)?.connections === 1 ? 'connection' : 'connections'}`;
  if (law.error > worstFit) {
    return `${said}. The law does not fit (off by ${percentText(law.error)} on average), so it says nothing about the bracket.`;
  }
  return `${said}. ${describeAgreement(point, law, measured)}`;
}

function describeAgreement(point: BreakingPoint, { peak }: ScalabilityLaw, measured: readonly ThroughputAt[]): string {
  const { heldAt, brokeAt } = point;
  const bracket = bracketText(point);
  const most = Math.max(...measured.map((one) => one.throughput));
  if (heldAt !== undefined && peak < heldAt * (1 - tolerance)) {
    return `That is less than was sustained (${bracket}): look at what differs between the two, such as the connections, which an open loop may have more of.`;
  }
  if (brokeAt === undefined) return `Nothing broke (${bracket}), so there is no bracket to compare it with.`;
  if (peak > brokeAt * (1 + tolerance)) {
    const extrapolated =
      peak > most * (1 + tolerance) ? ' It was not measured either: no closed loop came near it.' : '';
    return `That is more than where it broke (${bracket}): an objective was broken before throughput came to its limit.${extrapolated}`;
  }
  return `It agrees within ${percentText(tolerance)} with the bracket (${bracket}).`;
}

function describeLaw({ peak, peakAt, sigma, kappa }: ScalabilityLaw): string {
  const coefficients = `contention ${percentText(sigma)}, coherency ${percentText(kappa)}`;
  if (peak === Number.POSITIVE_INFINITY)
    return `throughput grows with the connections without a limit (${coefficients})`;
  if (peakAt === Number.POSITIVE_INFINITY) return `throughput comes near to ${rateText(peak)} (${coefficients})`;
  return `throughput is highest at ${Math.round(peakAt).toLocaleString('en-US')} connections, ${rateText(peak)} (${coefficients})`;
}
