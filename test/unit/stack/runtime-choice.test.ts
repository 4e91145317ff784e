import { expect, test } from 'vitest';
import { addressOf, type Engine, listPlaces } from '../../../src/stack/machine/engine.ts';
import { chooseRuntime, type Machine, type Need } from '../../../src/stack/runtimes/choose.ts';
import { imageFor } from '../../../src/stack/runtimes/containers/images.ts';
import { readWantedRuntime } from '../../../src/stack/runtimes/wanted.ts';

const engine: Engine = { address: { socketPath: '/engine.sock' }, place: 'unix:///engine.sock', version: '28' };

/** What a machine has: an engine, images in it; and the kinds of servers that cannot be child processes. */
interface There {
  readonly engine?: boolean;
  readonly images?: readonly string[];
  readonly missing?: readonly string[];
}

function needs({ missing = [] }: There): Need[] {
  const program = (kind: string) => ({
    search: async () => {
      const found = missing.includes(kind) ? undefined : { path: `/bin/${kind}`, version: '1', source: 'PATH' };
      return { found, tried: ['PATH'] };
    },
  });
  return [
    { kind: 'postgres', image: 'pg:18', program: program('postgres') },
    { kind: 'redis', image: 'redis:8', program: program('redis') },
    { kind: 'redis', image: 'redis:8', program: program('redis') },
    { kind: 'of the user' },
  ];
}

function machine(there: There): Machine {
  return {
    findEngine: async () => ({
      found: there.engine ? engine : undefined,
      tried: there.engine ? [] : ['unix:///engine.sock: nothing listens there'],
    }),
    hasImage: async (_, image) => there.images?.includes(image) ?? false,
  };
}

const choose = (there: There, wanted?: string) =>
  chooseRuntime(needs(there), wanted === undefined ? {} : { BREAKING_POINT_RUNTIME: wanted }, machine(there));

test('auto takes containers when an engine answers and has every image', async () => {
  expect(await choose({ engine: true, images: ['pg:18', 'redis:8'] })).toEqual({
    name: 'containers',
    because: 'the engine at unix:///engine.sock answers and has the images',
    engine,
    mayPull: false,
  });
});

test('auto takes embedded when an image is missing, and names it: nothing is pulled while embedded works', async () => {
  expect(await choose({ engine: true, images: ['pg:18'] }, 'auto')).toEqual({
    name: 'embedded',
    because: 'the engine at unix:///engine.sock does not have redis:8',
  });
});

test('auto takes containers without the images when embedded cannot run', async () => {
  expect(await choose({ engine: true, missing: ['redis'] })).toMatchObject({
    name: 'containers',
    because: 'no redis server runs here (looked for PATH)',
    mayPull: true,
  });
});

test('auto takes embedded when no engine answers, and says where it looked', async () => {
  expect(await choose({ missing: ['redis'] })).toEqual({
    name: 'embedded',
    because: 'no container engine answers (unix:///engine.sock: nothing listens there)',
  });
});

test('auto asks for no engine when no service has an image', async () => {
  const there = { ...machine({ engine: true }), findEngine: () => Promise.reject(new Error('asked for')) };
  expect(await chooseRuntime([{ kind: 'of the user' }], {}, there)).toMatchObject({ name: 'embedded' });
});

test('what is asked for is taken, whatever there is', async () => {
  const all = { engine: true, images: ['pg:18', 'redis:8'] };
  expect(await choose(all, 'embedded')).toMatchObject({ name: 'embedded' });
  expect(await choose({ engine: true }, 'containers')).toMatchObject({ name: 'containers', mayPull: true });
});

test('containers without an engine are an error that says what was tried and how to go on', async () => {
  await expect(choose({}, 'containers')).rejects.toThrow(
    'BREAKING_POINT_RUNTIME=containers needs a container engine, and none answers; tried unix:///engine.sock: nothing listens there; start Docker, name its address in DOCKER_HOST, or set BREAKING_POINT_RUNTIME=embedded for child processes',
  );
});

test('an engine that ceases to answer while it is asked for its images has none', async () => {
  const failing = { ...machine({ engine: true }), hasImage: () => Promise.reject(new Error('gone')) };
  expect(await chooseRuntime(needs({}), {}, failing)).toMatchObject({ name: 'embedded' });
});

test('a runtime that means nothing is an error', () => {
  expect(readWantedRuntime({})).toBe('auto');
  expect(() => readWantedRuntime({ BREAKING_POINT_RUNTIME: 'docker' })).toThrow(
    'BREAKING_POINT_RUNTIME must be auto, containers or embedded; got "docker"',
  );
});

test('the engine is looked for at DOCKER_HOST alone where that is set, else at the usual sockets', () => {
  expect(listPlaces({ DOCKER_HOST: 'unix:///mine.sock' })).toEqual(['unix:///mine.sock']);
  expect(listPlaces({})[0]).toBe('unix:///var/run/docker.sock');
});

test('an engine has an address on this machine, or none', () => {
  expect(addressOf('unix:///run/docker.sock')).toEqual({ socketPath: '/run/docker.sock' });
  expect(addressOf('tcp://127.0.0.1')).toEqual({ host: '127.0.0.1', port: 2375 });
  expect(addressOf('tcp://[::1]:99')).toEqual({ host: '::1', port: 99 });
  expect(() => addressOf('tcp://10.0.0.1:2375')).toThrow('must be on this machine');
  expect(() => addressOf('ssh://somewhere')).toThrow('an engine is named by');
});

test('images are the official ones unless the environment names others', () => {
  expect(imageFor('postgres', {})).toMatch(/^postgres:/);
  expect(imageFor('toxiproxy', {})).toBe('ghcr.io/shopify/toxiproxy:2.12.0');
  expect(imageFor('redis', { BREAKING_POINT_REDIS_IMAGE: 'mine/redis:7' })).toBe('mine/redis:7');
});
