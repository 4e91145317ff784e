import { type ToxicType, usualToxic } from './toxic.ts';

/**
 * Cuts each chunk into pieces of about `average_size` bytes, give or take `size_variation`, and waits `delay`
 * microseconds after each of them. A chunk of at most both together stays whole. A size below 1 counts as 1.
 */
export const slicer: ToxicType<'average_size' | 'size_variation' | 'delay'> = {
  ...usualToxic,
  name: 'slicer',
  attributes: ['average_size', 'size_variation', 'delay'],
  struct: 'SlicerToxic',
  integer: 'int',

  *run(pipe, attributes, random) {
    for (let chunk = yield* pipe.read(); chunk; chunk = yield* pipe.read()) {
      const { data } = chunk;
      const average = Math.max(1, attributes.average_size);
      const variation = attributes.size_variation;
      let sent = 0;
      for (const end of findCuts(0, data.length, average, variation, random)) {
        if (end > sent) yield* pipe.write({ ...chunk, data: data.subarray(sent, end) });
        sent = end;
        yield* pipe.sleep(attributes.delay / 1000);
        if (pipe.interrupted) break;
      }
      if (sent < data.length) yield* pipe.write({ ...chunk, data: data.subarray(sent) });
    }
  },
};

/**
 * Where the pieces end: a chunk is halved, give or take the variation, and each half again until it is small enough. A
 * variation above half a piece can put the cut at its edge; then there is an empty piece, which takes its time as any
 * other.
 */
function* findCuts(
  start: number,
  end: number,
  average: number,
  variation: number,
  random: () => number,
): Generator<number, void, void> {
  if (end - start <= 1 || end - start - average <= variation) {
    yield end;
    return;
  }
  const shift = variation > 0 ? Math.floor(random() * 2 * variation) - variation : 0;
  const half = start + Math.floor((end - start) / 2) + shift;
  // Beyond the edge, where a Toxiproxy would die.
  const middle = Math.min(end, Math.max(start, half));
  yield* findCuts(start, middle, average, variation, random);
  yield* findCuts(middle, end, average, variation, random);
}
