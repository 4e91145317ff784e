import { expect, test } from 'vitest';
import { checkServices } from '../../../src/stack/check-services.ts';
import type { ServiceDefinition } from '../../../src/stack/service.ts';

const definition: ServiceDefinition = { kind: 'fake', start: () => Promise.reject(new Error('not started here')) };
const fake = () => definition;

test('services are a record of definitions with identifiers as names', () => {
  expect(() => checkServices({ db: definition, _cache2: definition, $queue: definition })).not.toThrow();
});

test.for<[string, unknown, string]>([
  ['nothing', undefined, 'services must be an object such as { redis: redis() }; got undefined'],
  ['null', null, 'got null'],
  ['a list', [definition], 'services must be an object'],
  ['none', {}, 'services must hold at least one, such as { redis: redis() }; got none'],
  ['a name with a dash', { 'my-db': definition }, 'must be an identifier, such as redis; got "my-db"'],
  ['a name that begins with a digit', { '1db': definition }, 'got "1db"'],
  [
    'a definition that is none',
    { db: 'postgres' },
    'service db must be a service definition, such as redis(); got "postgres"',
  ],
  ['an empty definition', { db: undefined }, 'got undefined'],
  ['a function that was not called', { db: fake }, 'got function fake; call the function'],
])('%s is refused', ([, services, message]) => {
  expect(() => checkServices(services)).toThrow(
    expect.objectContaining({ name: 'TypeError', message: expect.stringContaining(message) as string }),
  );
});
