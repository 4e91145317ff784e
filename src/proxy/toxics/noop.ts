import { type ToxicType, usualToxic } from './toxic.ts';

/** Sends everything on as it comes: also what a toxic does on a connection that its toxicity spares. */
export const noop: ToxicType<never> = {
  ...usualToxic,
  name: 'noop',
  attributes: [],
  struct: 'NoopToxic',

  *run(pipe) {
    for (let chunk = yield* pipe.read(); chunk; chunk = yield* pipe.read()) yield* pipe.write(chunk);
  },
};
