import { type ToxicType, usualToxic } from './toxic.ts';

/** Lets data pass and holds back the end of the data for `delay` ms, counted anew at each change of the toxic. */
export const slowClose: ToxicType<'delay'> = {
  ...usualToxic,
  name: 'slow_close',
  attributes: ['delay'],
  struct: 'SlowCloseToxic',

  *run(pipe, attributes) {
    for (let chunk = yield* pipe.read(); chunk; chunk = yield* pipe.read()) yield* pipe.write(chunk);
    yield* pipe.sleep(attributes.delay);
  },
};
