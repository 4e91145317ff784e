import type { ServiceDefinition } from './service.ts';

/**
 * Checks the services of a stack, for callers without types.
 * @throws TypeError unless they are a record of at least one service definition, with identifiers as names
 */
export function checkServices(services: unknown): asserts services is Readonly<Record<string, ServiceDefinition>> {
  if (typeof services !== 'object' || services === null || Array.isArray(services)) {
    throw new TypeError(`services must be an object such as { redis: redis() }; got ${describe(services)}`);
  }
  const entries = Object.entries(services);
  if (entries.length === 0)
    throw new TypeError('services must hold at least one, such as { redis: redis() }; got none');
  for (const [name, definition] of entries) {
    if (!/^[A-Za-z_$][\w$]*$/.test(name)) {
      throw new TypeError(`the name of a service must be an identifier, such as redis; got ${describe(name)}`);
    }
    if (typeof (definition as Partial<ServiceDefinition> | null | undefined)?.start !== 'function') {
      const hint = typeof definition === 'function' ? '; call the function' : '';
      throw new TypeError(
        `service ${name} must be a service definition, such as redis(); got ${describe(definition)}${hint}`,
      );
    }
  }
}

function describe(value: unknown): string {
  return typeof value === 'function' ? `function ${value.name}` : (JSON.stringify(value) ?? String(value));
}
