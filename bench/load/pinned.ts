import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Whether a process can be bound to a core here. */
export const canPin = availableParallelism() > 1 && hasTaskset();

/** The command that runs `command` on that core; unchanged where that cannot be done. */
export function pinned(core: number, command: readonly string[]): readonly [program: string, ...args: string[]] {
  const whole = canPin ? ['taskset', '-c', String(core), ...command] : [...command];
  return whole as [string, ...string[]];
}

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['-c', '0', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    // Not Linux, or core 0 is not ours.
    return false;
  }
}
