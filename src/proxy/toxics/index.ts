import { latency } from './latency.ts';
import { noop } from './noop.ts';
import { timeout } from './timeout.ts';
import type { ToxicType } from './toxic.ts';

/** The toxics that the server knows, by the name that a client sends as `type`. */
export const toxicTypes: ReadonlyMap<string, ToxicType> = new Map(
  [latency, noop, timeout].map((type: ToxicType) => [type.name, type]),
);
