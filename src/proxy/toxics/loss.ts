import { type ToxicType, usualToxic } from './toxic.ts';

/** No packet is waited for longer than this, in milliseconds. Linux, `TCP_RTO_MAX`. */
const longestWait = 120_000;

/**
 * Loses packets as TCP shows it: no byte is missing, but what was lost comes only when it is sent again, and all that
 * was sent behind it waits for it. A chunk is lost with a chance of `permille` in 1,000. It is sent again after
 * `timeout` ms, lost again with the same chance, sent again after twice as long, and so on. (RFC 6298: the timer
 * doubles at each expiry.)
 *
 * A toxic of ours; Toxiproxy has none like it. It stands for a packet that no other follows, as the last of a question
 * or an answer: in the middle of a long transfer TCP hears of a loss within a round trip.
 */
export const loss: ToxicType<'permille' | 'timeout'> = {
  ...usualToxic,
  name: 'loss',
  attributes: ['permille', 'timeout'],
  struct: 'LossToxic',
  capacity: 1024,

  *run(pipe, attributes, random) {
    let passed = 0;
    for (let chunk = yield* pipe.read(); chunk; chunk = yield* pipe.read()) {
      const { permille, timeout } = attributes;
      let wait = Math.max(timeout, 0);
      let arrives = 0;
      while (wait > 0 && wait <= longestWait && random() * 1_000 < permille) {
        arrives += wait;
        wait *= 2;
      }
      passed = Math.max(passed, chunk.receivedAt + arrives);
      yield* pipe.sleep(passed - performance.now());
      chunk.receivedAt = passed;
      yield* pipe.write(chunk);
    }
  },
};
