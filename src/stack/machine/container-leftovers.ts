import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../errors.ts';
import { askEngine, type EngineAddress, EngineError } from './engine.ts';

/** Label of every container of a stack; its value is the stack's marker. */
export const containerLabel = 'breaking-point.stack';
/** Label of every container of a stack; its value is the pid of the process that opened the stack. */
export const ownerLabel = 'breaking-point.process';

/** The containers that a stack has, or may be about to have. */
export interface StackContainers {
  readonly engine: EngineAddress;
  /** Names of those whose making was asked for, and not yet seen to succeed or fail. */
  readonly pending: ReadonlySet<string>;
}

interface Listed {
  readonly Id: string;
  readonly Names: readonly string[];
}

const answersWithin = 15_000;
/** Maximum time (ms) for a container that is still being made to appear. */
const madeWithin = 3_000;

/**
 * Removes all containers of a stack with their data, running or not; resolves when two looks in a row find none, and
 * those that are still being made have come.
 * @param marker value of the label
 * @throws Error saying how to remove them by hand
 */
export async function removeContainers(marker: string, { engine, pending }: StackContainers): Promise<void> {
  const label = `${containerLabel}=${marker}`;
  const filters = encodeURIComponent(JSON.stringify({ label: [label] }));
  const awaited = new Set(pending);
  const patience = performance.now() + madeWithin;
  try {
    for (let quiet = 0; quiet < 2; ) {
      const listed = (await askEngine(
        engine,
        'GET',
        `/containers/json?all=1&filters=${filters}`,
        answersWithin,
      )) as Listed[];
      await Promise.all(listed.map(({ Id }) => removeContainer(engine, Id)));
      for (const { Names } of listed) for (const name of Names) awaited.delete(name.replace(/^\//, ''));
      const complete = awaited.size === 0 || performance.now() > patience;
      quiet = listed.length === 0 && complete ? quiet + 1 : 0;
      if (quiet < 2) await sleep(50);
    }
  } catch (error) {
    const where = 'socketPath' in engine ? engine.socketPath : `${engine.host}:${engine.port}`;
    throw new Error(
      `the containers of the stack could not be removed (engine at ${where}: ${messageOf(error)}); when it answers again, run \`docker ps --all --quiet --filter label=${label} | xargs --no-run-if-empty docker rm --force --volumes\``,
      { cause: error },
    );
  }
}

async function removeContainer(engine: EngineAddress, id: string): Promise<void> {
  try {
    await askEngine(engine, 'DELETE', `/containers/${id}?force=1&v=1`, answersWithin);
  } catch (error) {
    // Gone already, or being removed by another: the next look tells.
    if (!(error instanceof EngineError && (error.status === 404 || error.status === 409))) throw error;
  }
}
