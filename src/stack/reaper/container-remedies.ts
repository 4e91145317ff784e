import { setTimeout as sleep } from 'node:timers/promises';
import type { EndingContainer } from '../debt.ts';
import { askEngine, type EngineAddress, EngineError } from '../machine/engine.ts';

/** Milliseconds that one answer may take. */
const answersWithin = 15_000;
const lookEvery = 100;
/**
 * Looks in a row that must not find it paused: the order to pause it may still be under way, though who gave it is
 * gone.
 */
const quietLooks = 10;

interface ContainerState {
  readonly Running: boolean;
  readonly Paused: boolean;
  readonly StartedAt: string;
}

/** Lets a container go on; one that is not paused is fine. @throws Error when the engine does not do it */
export async function unpauseContainer(id: string, engine: EngineAddress): Promise<void> {
  for (let quiet = 0; quiet < quietLooks; quiet++) {
    if ((await stateOf(id, engine)).Paused) {
      await order(engine, `/containers/${id}/unpause`);
      quiet = 0;
    }
    await sleep(lookEvery);
  }
}

/**
 * Starts a container. While it is still there from before, the engine would take the order for done: so its end is
 * carried through first.
 * @param within milliseconds that it has after its signal, before it is killed
 * @throws Error when the engine does not do it
 */
export async function startContainer(
  { id, by, startedAt }: EndingContainer,
  engine: EngineAddress,
  within: number,
): Promise<void> {
  const isThere = async (): Promise<boolean> => {
    const { Running, StartedAt } = await stateOf(id, engine);
    return Running && StartedAt === startedAt;
  };
  // One that stands still would never see its signal.
  if ((await stateOf(id, engine)).Paused) await order(engine, `/containers/${id}/unpause`);
  for (const signal of [by, 'SIGKILL']) {
    if (!(await isThere())) break;
    // What is refused has just ended, or the next look tells.
    await order(engine, `/containers/${id}/kill?signal=${signal}`).catch(ignoreRefusal);
    const deadline = performance.now() + within;
    while ((await isThere()) && performance.now() < deadline) await sleep(lookEvery);
  }
  if (await isThere()) throw new Error(`container ${id.slice(0, 12)} does not end`);
  await order(engine, `/containers/${id}/start`);
}

async function stateOf(id: string, engine: EngineAddress): Promise<ContainerState> {
  const { State } = (await askEngine(engine, 'GET', `/containers/${id}/json`, answersWithin)) as {
    State: ContainerState;
  };
  return State;
}

async function order(engine: EngineAddress, path: string): Promise<void> {
  await askEngine(engine, 'POST', path, answersWithin);
}

function ignoreRefusal(error: unknown): void {
  if (!(error instanceof EngineError)) throw error;
}
