import type { ServerProgram } from '../server.ts';

/** @throws Error when a setting is one that the stack chooses */
export function refuseReserved({ kind, reserved }: ServerProgram, settings: Readonly<Record<string, string>>): void {
  const given = reserved.find((name) => Object.keys(settings).some((key) => key.toLowerCase() === name));
  if (given) throw new Error(`${kind}({ settings }): ${given} is chosen by the stack; leave it out`);
}
