import { type ToxicType, usualToxic } from './toxic.ts';

/**
 * Drops everything. With a `timeout` above 0 it closes the connection when that many ms pass without a chunk; at 0 the
 * connection stays open and silent (a black hole). It closes what it was on when it is removed: what was dropped can't
 * be delivered, so the stream can't go on.
 */
export const timeout: ToxicType<'timeout'> = {
  ...usualToxic,
  name: 'timeout',
  attributes: ['timeout'],
  struct: 'TimeoutToxic',
  closesWhenRemoved: true,

  *run(pipe, attributes) {
    const within = attributes.timeout > 0 ? attributes.timeout : Number.POSITIVE_INFINITY;
    let chunk = yield* pipe.read(within);
    while (chunk) chunk = yield* pipe.read(within);
  },
};
