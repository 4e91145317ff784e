import type { RedisService, Request } from 'breaking-point';

/** A customer's loyalty stamp, the n-th customer's: counted in Redis alone. */
export const stamp = (n: number): Request & { readonly key: string } => ({
  method: 'POST',
  path: `/customers/c${n}/stamps`,
  key: `c${n}`,
  name: 'stamp',
});

/** Each stamp that a customer has, as a row. */
export async function givenStamps(redis: RedisService): Promise<{ key: string }[]> {
  const names = (await redis.command('keys', 'stamps:*')) as string[];
  if (names.length === 0) return [];
  const counts = (await redis.command('mget', ...names)) as string[];
  return names.flatMap((name, i) =>
    Array.from({ length: Number(counts[i]) }, () => ({ key: name.slice('stamps:'.length) })),
  );
}
