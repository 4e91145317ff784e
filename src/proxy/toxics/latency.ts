import type { ToxicType } from './toxic.ts';

/**
 * Sends each chunk on `latency` ms after it was received, give or take a `jitter` that is uniform in
 * [-jitter, +jitter). Delays do not add up over chunks, so throughput is kept while fewer than `capacity` chunks are on
 * their way.
 */
export const latency: ToxicType<'latency' | 'jitter'> = {
  name: 'latency',
  attributes: ['latency', 'jitter'],
  capacity: 1024,
  closesWhenRemoved: false,

  *run(pipe, attributes, random) {
    for (let chunk = yield* pipe.read(); chunk; chunk = yield* pipe.read()) {
      const jitter = attributes.jitter > 0 ? (2 * random() - 1) * attributes.jitter : 0;
      const left = chunk.receivedAt + attributes.latency + jitter - performance.now();
      yield* pipe.sleep(left);
      chunk.receivedAt += left;
      yield* pipe.write(chunk);
    }
  },
};
