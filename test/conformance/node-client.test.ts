import { Toxiproxy } from 'toxiproxy-node-client';
import { expect, test } from 'vitest';
import { client, echo, upstream } from '../e2e/fixtures/tcp.ts';
import { freshName, portOf, timed } from './proxied.ts';
import { subject } from './subject.ts';

test('toxiproxy-node-client drives proxies and toxics', async () => {
  const to = await upstream(echo);
  const toxiproxy = new Toxiproxy(subject.url);
  const name = freshName();
  const made = await toxiproxy.createProxy({ name, upstream: to.address, listen: '127.0.0.1:0' });
  expect(made.toJson()).toEqual({ name, upstream: to.address, listen: made.listen, enabled: true });
  expect((await toxiproxy.get(name)).toJson()).toEqual(made.toJson());
  expect(Object.keys(await toxiproxy.getAll())).toContain(name);
  expect(await toxiproxy.getVersion()).toMatch(/"version"/);

  const one = await client(portOf(made.listen));
  const toxic = await made.addToxic({
    name: 'slow',
    type: 'latency',
    stream: 'downstream',
    toxicity: 1,
    attributes: { latency: 150, jitter: 0 },
  });
  expect(
    await timed(() => {
      one.socket.write('x');
      return one.has(1);
    }),
  ).toBeGreaterThanOrEqual(148);
  const changed = await toxic.update({ ...toxic.toJson(), attributes: { latency: 0, jitter: 0 } });
  expect(changed.attributes).toEqual({ latency: 0, jitter: 0 });
  expect((await made.getToxic('slow')).toJson()).toEqual(changed.toJson());
  await changed.remove();
  await expect(made.getToxic('slow')).rejects.toThrow('Request failed with status code 404');

  const off = await made.update({ ...made.toJson(), enabled: false });
  expect(off.enabled).toBe(false);
  await one.closed;
  await toxiproxy.reset();
  expect((await toxiproxy.get(name)).enabled).toBe(true);
  const populated = await toxiproxy.populate([{ name, upstream: to.address, listen: made.listen }]);
  expect(populated[name]?.toJson()).toEqual(made.toJson());
  await expect(toxiproxy.createProxy({ name, upstream: 'u:1', listen: '' })).rejects.toThrow('status code 409');
  await made.remove();
  await expect(toxiproxy.get(name)).rejects.toThrow('status code 404');
});
