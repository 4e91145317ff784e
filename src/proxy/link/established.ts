import { readFile } from 'node:fs/promises';

/** States of a connection in the kernel's table (`include/net/tcp_states.h`). */
const established = '01';
const listening = '0A';

/** What the kernel knows of a port of this machine. */
export interface PortUse {
  readonly listens: boolean;
  /** Connections that clients have to it now. */
  readonly open: number;
}

/**
 * Counts what a table of the kernel (`/proc/net/tcp`, see proc_net_tcp in the kernel's documentation) holds of a port.
 * A client's own end of a connection has the port as its remote one, and is not counted.
 */
export function parsePortUse(table: string, port: number): PortUse {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const states = table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([, address, , state]) => (address?.endsWith(local) ? [state] : []));
  return {
    listens: states.includes(listening),
    open: states.filter((state) => state === established).length,
  };
}

/** Connections that clients have to a port of this machine; undefined where the kernel does not show that port. */
export async function countConnectionsTo(port: number): Promise<number | undefined> {
  const tables = await Promise.all(['tcp', 'tcp6'].map(tableOf));
  const uses = tables.map((table) => parsePortUse(table, port));
  return uses.some(({ listens }) => listens) ? uses.reduce((sum, { open }) => sum + open, 0) : undefined;
}

/** Only Linux has the tables; without them nothing is known, which the caller has to live with anyway. */
function tableOf(name: string): Promise<string> {
  return readFile(`/proc/net/${name}`, 'latin1').catch(() => '');
}
