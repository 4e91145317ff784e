import { type ToxicType, usualToxic } from './toxic.ts';

/**
 * Sends each chunk on `latency` ms after it was received, give or take a `jitter`: a whole number of ms, uniform in
 * [-jitter, +jitter). Delays do not add up over chunks, so throughput is kept while fewer than `capacity` chunks are on
 * their way.
 */
export const latency: ToxicType<'latency' | 'jitter'> = {
  ...usualToxic,
  name: 'latency',
  attributes: ['latency', 'jitter'],
  struct: 'LatencyToxic',
  capacity: 1024,

  *run(pipe, attributes, random) {
    for (let chunk = yield* pipe.read(); chunk; chunk = yield* pipe.read()) {
      const { latency, jitter } = attributes;
      const spread = jitter > 0 ? Math.floor(random() * 2 * jitter) - jitter : 0;
      const left = chunk.receivedAt + latency + spread - performance.now();
      yield* pipe.sleep(left);
      chunk.receivedAt += left;
      yield* pipe.write(chunk);
    }
  },
};
