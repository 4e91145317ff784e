import { type ToxicType, usualToxic } from './toxic.ts';

/**
 * At the first chunk, or the end of the data, drops it, waits `timeout` ms and closes the connection. Connections that
 * were made while it was there close with a reset, older ones with an end. The wait can't be interrupted.
 */
export const resetPeer: ToxicType<'timeout'> = {
  ...usualToxic,
  name: 'reset_peer',
  attributes: ['timeout'],
  struct: 'ResetToxic',
  resetsConnections: true,

  *run(pipe, attributes) {
    const { timeout } = attributes;
    yield* pipe.read();
    if (!pipe.interrupted) yield* pipe.sleepFirmly(timeout);
  },
};
