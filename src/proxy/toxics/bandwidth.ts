import { type DataChunk, type Pipe, type Steps, type ToxicType, usualToxic } from './toxic.ts';

/** A chunk that takes longer than this is sent in portions of this time, in ms. */
const portion = 100;

/**
 * Lets `rate` KB/s pass (1 KB = 1000 B, so `rate` bytes per ms), each chunk after the time that it takes. At 0 nothing
 * passes.
 */
export const bandwidth: ToxicType<'rate'> = {
  ...usualToxic,
  name: 'bandwidth',
  attributes: ['rate'],
  struct: 'BandwidthToxic',

  *run(pipe, attributes) {
    /**
     * What is owed in ms for what was sent, less the time that was waited. A timer that is late shortens the next wait.
     */
    let owed = 0;
    for (let chunk = yield* pipe.read(); chunk; chunk = yield* pipe.read()) {
      const rate = Math.max(0, attributes.rate);
      owed = rate > 0 ? owed + chunk.data.length / rate : 0;
      while (chunk.data.length > rate * portion && !pipe.interrupted) {
        owed -= yield* waitForPart(pipe, portion);
        if (!pipe.interrupted) chunk = yield* sendPart(pipe, chunk, rate * portion);
      }
      if (!pipe.interrupted) owed -= yield* waitForPart(pipe, owed);
      yield* pipe.write(chunk);
    }
  },
};

/** Lets `ms` pass; gives how long it took. */
function* waitForPart(pipe: Pipe, ms: number): Steps<number> {
  const start = performance.now();
  yield* pipe.sleep(ms);
  return performance.now() - start;
}

/**
 * Sends the beginning of a chunk; gives the rest. At a rate of 0 it is empty, and toxics behind it still see it come.
 */
function* sendPart(pipe: Pipe, chunk: DataChunk, size: number): Steps<DataChunk> {
  yield* pipe.write({ ...chunk, data: chunk.data.subarray(0, size) });
  return { ...chunk, data: chunk.data.subarray(size) };
}
