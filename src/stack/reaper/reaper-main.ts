/**
 * The reaper's process: ends everything that a stack started when the stack's process is gone, for whatever reason.
 * Started by `reaper.ts`; speaks JSON lines over stdin and stdout.
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineAddress } from '../machine/engine.ts';
import { clean, type StackBelongings } from '../machine/leftovers.ts';
import { type ProcessEntry, signalAll, stillRuns } from '../machine/processes.ts';
import type { Debt } from './pay.ts';
import { makePrivate } from './private-folder.ts';
import type { ReaperCommand, ReaperOrder } from './reaper.ts';

/**
 * Milliseconds after its end in which all that the stack's process said was heard, unless some other process holds its
 * pipe open.
 */
const heardWithin = 5_000;
const order = JSON.parse(process.argv[2] ?? '') as ReaperOrder;
const tracked: ProcessEntry[] = [];
const pending = new Set<string>();
const debts = new Map<number, Debt>();
let engine: EngineAddress | undefined;
const belongings: StackBelongings = {
  folder: order.folder,
  marker: order.marker,
  tracked,
  spared: [process.pid, order.stack.pid, ...(order.owner ? [order.owner.pid] : [])],
  since: order.since,
};
let kept = false;
let reaping: Promise<void> | undefined;
let paying: Promise<void> | undefined;

function reap(): Promise<void> {
  reaping ??= (async () => {
    clearInterval(watch);
    // A server that is started by it must not come after the cleaning.
    await paying;
    const cleaning = await clean({ ...belongings, containers: engine && { engine, pending } });
    process.stdout.write(`${JSON.stringify({ closed: cleaning })}\n`, () => process.exit(0));
  })();
  return reaping;
}

/** The stack's process ends: whatever is owed is undone when it is gone if the stack stays up, else the stack ends. */
function onOwnerEnd(): void {
  if (!kept) void reap();
  // In the middle of its exit it is not to be disturbed; it is looked at again.
  else if (!stillRuns(order.stack)) paying ??= pay();
}

/** Never rejects: the cleaning comes after it. */
async function pay(): Promise<void> {
  // The last words of a process that is gone may still be in the pipe.
  await Promise.race([heard, sleep(heardWithin)]);
  if (debts.size === 0) return;
  const problems = await payDebts().catch((error: unknown) => [`nothing was undone: ${String(error)}`]);
  if (problems.length === 0) return;
  try {
    writeFileSync(join(order.folder, 'reaper.log'), `${problems.join('\n')}\n`);
  } catch {
    // The folder was removed, and with it the place for the log.
  }
}

async function payDebts(): Promise<readonly string[]> {
  // Only now: drivers are loaded with it.
  const { payAll } = await import('./pay.ts');
  return payAll([...debts.values()], engine);
}

/** The parent is looked at too, since some other process might hold the pipe open. */
const watch = setInterval(() => {
  if (order.owner && !stillRuns(order.owner)) {
    // A fork can outlive the process that it works for. Its results are not needed any more.
    if (stillRuns(order.stack)) signalAll([order.stack.pid], 'SIGKILL');
    // One that stays up waits for its last words.
    else if (kept) onOwnerEnd();
    if (!kept) void reap();
  } else if (!stillRuns(order.stack)) {
    onOwnerEnd();
  }
}, 250);

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // A kept stack ends by a signal; any other has work for us until its process is gone.
  process.on(signal, () => {
    if (kept) void reap();
  });
}

process.stdout.on('error', () => {
  // The stack's process is gone and cannot be told; its end is noticed below.
});

const commands = createInterface({ input: process.stdin });
const heard = once(commands, 'close');
commands.on('line', (line) => {
  const command = parse(line);
  if (command?.track) tracked.push(command.track);
  if (command?.engine) engine = command.engine;
  if (command?.creating) pending.add(command.creating);
  if (command?.settled) pending.delete(command.settled);
  if (command?.owe) debts.set(command.owe.id, command.owe);
  if (command?.settle !== undefined) debts.delete(command.settle);
  if (command?.keep) kept = true;
  if (command?.done) void reap();
});
commands.on('close', onOwnerEnd);
// Nothing is made for one that is gone before we came.
if (!stillRuns(order.stack)) process.exit(0);
try {
  makePrivate(order.folder);
  process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
} catch (error) {
  process.stdout.write(`${JSON.stringify({ failed: String(error) })}\n`, () => process.exit(1));
}

function parse(line: string): ReaperCommand | undefined {
  try {
    return JSON.parse(line) as ReaperCommand;
  } catch {
    // The process was killed in the middle of a line.
    return undefined;
  }
}
