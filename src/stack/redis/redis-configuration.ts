import { RedisConnection } from '../clients/redis-connection.ts';

/** One setting of the server on that port of 127.0.0.1, as it says itself; empty when it has none of that name. */
export async function settingOf(port: number, setting: string): Promise<string> {
  const connection = new RedisConnection(port);
  try {
    return (await readConfiguration(connection, setting)).get(setting) ?? '';
  } finally {
    connection.close();
  }
}

/** Settings whose names match a pattern as in CONFIG GET. */
export async function readConfiguration(
  connection: Pick<RedisConnection, 'command'>,
  pattern = '*',
): Promise<Map<string, string>> {
  const reply = await connection.command('config', 'get', pattern);
  // RESP 2 sends a flat list of names and values.
  const flat = Array.isArray(reply) ? reply.map(String) : Object.entries(Object(reply)).flat().map(String);
  return new Map(flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] ?? ''] as const] : [])));
}
