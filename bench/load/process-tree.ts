import { readdirSync, readFileSync } from 'node:fs';
import { cpuSeconds } from '../proxy/resources.ts';

/** Seconds of CPU and peak of resident memory of a process and of all that it started, as far as they still run. NaN without /proc. */
export function usageOf(pid: number): { readonly cpu: number; readonly peakMemory: number } {
  try {
    const all = [pid, ...descendantsOf(pid)];
    const sum = (of: (pid: number) => number) => all.reduce((total, one) => total + of(one), 0);
    return { cpu: sum(cpuSeconds), peakMemory: sum(peakMemory) };
  } catch {
    // It has just ended, or there is no /proc.
    return { cpu: Number.NaN, peakMemory: Number.NaN };
  }
}

function descendantsOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    const children = childrenOf(pid, thread).split(' ').filter(Boolean).map(Number);
    return children.flatMap((child) => [child, ...descendantsOf(child)]);
  });
}

function childrenOf(pid: number, thread: string): string {
  try {
    return readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8');
  } catch {
    // The thread has just ended, as the short-lived ones do that watch over a call; its children are another thread's now.
    return '';
  }
}

function peakMemory(pid: number): number {
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) * 1024;
}
