import { type Duration, milliseconds, readable } from '../../duration.ts';
import type { Service } from '../../stack/service.ts';
import { writeCall } from '../code.ts';
import { type LastingFault, lasting, throughProxy } from '../fault.ts';
import { addToxics, requireAnswers } from './wire.ts';

/**
 * Every answer of the service comes later by `delay`. Throughput stays the same.
 * @param jitter each piece of an answer is delayed by up to this much more or less, uniformly; at most `delay`
 * @throws TypeError when a time is not a duration, or only a connect can be seen of the service; RangeError when the
 *   delay is under 1 ms or the jitter exceeds it
 */
export function latency(service: Service, delay: Duration, jitter: Duration = 0): LastingFault {
  const { name: target } = requireAnswers(service, 'latency');
  const ms = Math.round(milliseconds(delay, `latency(${target}) delay`));
  const spread = Math.round(milliseconds(jitter, `latency(${target}) jitter`));
  if (ms < 1) throw new RangeError(`latency(${target}): the delay must be at least 1 ms; got ${delay}`);
  if (spread > ms)
    throw new RangeError(`latency(${target}): the jitter must be at most the delay of ${ms} ms; got ${jitter}`);
  return lasting({
    name: `latency(${target}, ${readable(ms)})`,
    code: writeCall('latency', target, delay, jitter === 0 ? undefined : jitter),
    kind: 'latency',
    ...throughProxy(
      service,
      ms + spread + 500,
      (sighting) => sighting.kind === 'answered' && sighting.after >= ms - spread - 1,
    ),
    ...addToxics(service, [
      {
        name: 'latency_downstream',
        type: 'latency',
        stream: 'downstream',
        attributes: { latency: ms, jitter: spread },
      },
    ]),
  });
}
