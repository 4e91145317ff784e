import type { ToxicType } from './toxic.ts';

/** Sends everything on as it comes: also what a toxic does on a connection that its toxicity spares. */
export const noop: ToxicType<never> = {
  name: 'noop',
  attributes: [],
  capacity: 1,
  closesWhenRemoved: false,

  *run(pipe) {
    for (let chunk = yield* pipe.read(); chunk; chunk = yield* pipe.read()) yield* pipe.write(chunk);
  },
};
