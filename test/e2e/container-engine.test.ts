import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { removeContainers } from '../../src/stack/machine/container-leftovers.ts';
import { findEngine, hasImage } from '../../src/stack/machine/engine.ts';

/** A server on a socket that answers as an engine would. */
async function engine(answer: (path: string, request: IncomingMessage, response: ServerResponse) => void) {
  const folder = mkdtempSync(join(tmpdir(), 'engine-'));
  const socketPath = join(folder, 'engine.sock');
  const server = createServer((request, response) => answer(decodeURIComponent(request.url ?? ''), request, response));
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });
  return { socketPath };
}

const json = (response: ServerResponse, status: number, body: unknown) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

test('an engine that answers is found with its version', async () => {
  const address = await engine((_, __, response) => json(response, 200, { Version: '28.2' }));
  const env = { DOCKER_HOST: `unix://${address.socketPath}` };
  expect(await findEngine(1_000, env)).toEqual({
    found: { address, place: env.DOCKER_HOST, version: '28.2' },
    tried: [],
  });
});

test('one that is not there, is silent or is no engine is not found, and the search says why', async () => {
  const seen = async (place: string) => (await findEngine(200, { DOCKER_HOST: place })).tried[0];
  expect(await seen('unix:///nowhere.sock')).toBe('unix:///nowhere.sock: there is no such socket');
  const silent = await engine(() => {});
  expect(await seen(`unix://${silent.socketPath}`)).toMatch(/: no answer within 200 ms$/);
  const other = await engine((_, __, response) => response.writeHead(404).end('<html>'));
  expect(await seen(`unix://${other.socketPath}`)).toMatch(/: GET \/version was answered with 404$/);
  expect(await seen('tcp://10.0.0.1:2375')).toMatch(/the engine must be on this machine/);
});

test('an image is there, or is not, or the engine is in trouble', async () => {
  const address = await engine((path, _, response) => {
    if (path === '/images/mine/redis:7/json') json(response, 200, {});
    else if (path.includes('broken')) json(response, 500, { message: 'no space left' });
    else json(response, 404, { message: 'No such image' });
  });
  expect(await hasImage(address, 'mine/redis:7', 1_000)).toBe(true);
  expect(await hasImage(address, 'other', 1_000)).toBe(false);
  await expect(hasImage(address, 'broken', 1_000)).rejects.toThrow('no space left');
});

/** An engine whose containers can be removed; those of `later` come into being at the sixth look. */
async function engineWith(first: string[], later: string[] = []) {
  const there = new Set(first);
  const deleted: string[] = [];
  let looks = 0;
  const address = await engine((path, { method }, response) => {
    if (method === 'DELETE') {
      const [, id = ''] = /^\/containers\/(\w+)\?force=1&v=1$/.exec(path) ?? [];
      deleted.push(id);
      if (!there.delete(id)) return json(response, 404, { message: 'No such container' });
      return response.writeHead(204).end();
    }
    looks++;
    if (looks === 6) for (const id of later) there.add(id);
    expect(path).toContain('"label":["breaking-point.stack=mark"]');
    return json(
      response,
      200,
      [...there].map((id) => ({ Id: id, Names: [`/name-of-${id}`] })),
    );
  });
  return { address, deleted, there };
}

test("all containers with the stack's label are removed", async () => {
  const { address, deleted } = await engineWith(['a', 'b']);
  await removeContainers('mark', { engine: address, pending: new Set() });
  expect(deleted).toEqual(['a', 'b']);
});

test('one that the engine is still making is waited for', async () => {
  const { address, there, deleted } = await engineWith(['a'], ['late']);
  await removeContainers('mark', { engine: address, pending: new Set(['name-of-late']) });
  expect(deleted).toEqual(['a', 'late']);
  expect([...there]).toEqual([]);
});

test('an engine that does not answer any more is an error that says how to remove them later', async () => {
  await expect(
    removeContainers('mark', { engine: { socketPath: '/nowhere.sock' }, pending: new Set() }),
  ).rejects.toThrow(
    /^the containers of the stack could not be removed \(engine at \/nowhere\.sock: .*\); when it answers again, run `docker ps .*label=breaking-point\.stack=mark .*`$/,
  );
});
