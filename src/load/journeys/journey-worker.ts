import { HealthMonitor } from '../generator/health.ts';
import { generatorProcess, type Port } from '../generator/protocol.ts';
import { rehearse } from '../generator/rehearsal.ts';
import { openPool } from '../http/open-pool.ts';
import type { Transport } from '../plan/transport.ts';
import type { JourneyContext } from './journey.ts';
import { JourneyLoop, type JourneyPlan } from './journey-loop.ts';
import { fixedUsers, newUsers } from './journey-users.ts';

/** What the generator of journeys is told. */
export interface JourneyData extends JourneyPlan {
  readonly transport: Transport;
  /** URL of the user's module. */
  readonly module: string;
  readonly users: number | undefined;
  /** Most journeys under way. */
  readonly maxInFlight: number;
}

/** Operations that are told in one message. */
const part = 50_000;

async function run(port: Port, data: JourneyData): Promise<void> {
  const go = await loadJourney(data.module);
  await rehearse(data.transport.http);
  const pool = openPool(data.transport, data.timeout);
  const health = new HealthMonitor();
  const loop = new JourneyLoop(data, {
    users: data.users === undefined ? newUsers(data.maxInFlight) : fixedUsers(data.users),
    go,
    send: (request, ended, reader) => pool.send(request, ended, reader),
    onProgress: (progress) => port.tell({ kind: 'progress', progress }),
  });
  const beginning = Promise.withResolvers<number>();
  port.listen((message) => {
    if (message.kind === 'zero') beginning.resolve(message.zero);
  });
  port.tell({ kind: 'ready' });
  const zero = await beginning.promise;
  health.start();
  const { log, ...done } = await loop.run(zero);
  for (const columns of log.parts(part)) port.tell({ kind: 'columns', columns });
  port.tell({ kind: 'done', ...done, health: health.stop() });
  pool.close();
}

/** The user's function. */
async function loadJourney(module: string): Promise<(context: JourneyContext) => unknown> {
  const { default: go } = (await importModule(module)) as { default?: unknown };
  if (typeof go === 'function') return go as (context: JourneyContext) => unknown;
  throw new TypeError(
    `journey: ${module} must export an async function by default, such as export default async ({ n, http }) => { ... }; got ${go === undefined ? 'no default export' : typeof go}`,
  );
}

async function importModule(module: string): Promise<unknown> {
  try {
    return await import(module);
  } catch (cause) {
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new Error(
      `journey: ${module} could not be loaded by Node: ${reason}. It runs in a process of its own, where Node strips types and Vitest transforms nothing: import with file extensions, and no enums.`,
      { cause },
    );
  }
}

generatorProcess<JourneyData>(run);
