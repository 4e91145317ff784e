import { type ToxicType, usualToxic } from './toxic.ts';

/**
 * Sends on exactly `bytes` bytes of each connection, then closes it. What has passed counts on when the limit is
 * changed; a limit that is already reached closes at the next chunk.
 */
export const limitData: ToxicType<'bytes'> = {
  ...usualToxic,
  name: 'limit_data',
  attributes: ['bytes'],
  struct: 'LimitDataToxic',

  *run(pipe, attributes) {
    for (let chunk = yield* pipe.read(); chunk; chunk = yield* pipe.read()) {
      const left = Math.max(0, attributes.bytes - pipe.counted);
      const data = chunk.data.subarray(0, left);
      pipe.counted += data.length;
      if (data.length > 0) yield* pipe.write({ ...chunk, data });
      if (pipe.counted >= attributes.bytes) return;
    }
  },
};
