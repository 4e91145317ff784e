// Servers as child processes of this machine, and finding and caching what they need.
// Begin with start() below. Knows no kind of server, and never imports containers.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startProxyServer } from '../../../proxy/start.ts';
import type { Runtime, Server, ServerOrder, ServerProgram } from '../../server.ts';
import { refuseReserved } from '../reserved.ts';
import { ServerProcess } from './server-process.ts';
import { startSomewhere } from './start-somewhere.ts';

/** Servers as child processes, and our own fault proxy in a process of its own. */
export function embedded(kept: boolean): Runtime {
  return {
    name: 'embedded',
    notes: [],
    start,
    startProxy: (host) => startProxyServer((pid) => host.track(pid), { outlive: kept }),
  };
}

/** Starts a server in `host.folder/<name>`, and waits until it answers. */
async function start(program: ServerProgram, order: ServerOrder): Promise<Server> {
  const { name, host } = order;
  refuseReserved(program, order.settings);
  const folder = join(host.folder, name);
  mkdirSync(folder, { recursive: true });
  const run = await program.planProcess(order, folder);
  return startSomewhere(
    (port) =>
      new ServerProcess({
        ...run,
        title: `${name} (${run.title})`,
        args: run.args(port),
        logFile: join(folder, 'server.log'),
        port,
        track: (pid) => host.track(pid),
        owe: host.owe,
      }),
    (port) => run.mustBeOurs(port),
  );
}
