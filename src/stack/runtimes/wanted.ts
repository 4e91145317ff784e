import type { RuntimeName } from '../server.ts';

/**
 * What the environment variable BREAKING_POINT_RUNTIME asks for; auto when it is not set.
 * @throws RangeError when it has no meaning
 */
export function readWantedRuntime(env: NodeJS.ProcessEnv = process.env): RuntimeName | 'auto' {
  const wanted = env.BREAKING_POINT_RUNTIME || 'auto';
  if (wanted === 'auto' || wanted === 'containers' || wanted === 'embedded') return wanted;
  throw new RangeError(`BREAKING_POINT_RUNTIME must be auto, containers or embedded; got ${JSON.stringify(wanted)}`);
}
