import { ApiError, type Body, integerField, numberField, objectField, textField } from './body.ts';
import type { TcpProxy } from './proxy.ts';
import { toxicTypes } from './toxics/index.ts';
import type { Direction, Toxic, ToxicType } from './toxics/toxic.ts';

/** A proxy's toxics as a client sees their order: upstream first, each direction in order of addition. */
export function listToxics(proxy: TcpProxy): Toxic[] {
  return [
    ...proxy.toxics.filter((toxic) => toxic.direction === 'upstream'),
    ...proxy.toxics.filter((toxic) => toxic.direction === 'downstream'),
  ];
}

/** @throws ApiError 404 */
export function findToxic(proxy: TcpProxy, name: string): Toxic {
  const toxic = proxy.toxics.find((one) => one.name === name);
  if (!toxic) throw new ApiError(404, 'toxic not found');
  return toxic;
}

/**
 * Adds the toxic that a request describes. Checked in this order: stream, type, name, attributes.
 * @throws ApiError 400, 409
 */
export function createToxic(proxy: TcpProxy, body: Body): Toxic {
  const asked = textField(body, 'name');
  const typeName = textField(body, 'type') ?? '';
  const stream = textField(body, 'stream') ?? 'downstream';
  const toxicity = numberField(body, 'toxicity') ?? 1;
  const given = objectField(body, 'attributes') ?? {};

  const direction = directions.get(stream.toLowerCase());
  if (!direction) throw new ApiError(400, 'stream was invalid, can be either upstream or downstream');
  const type = toxicTypes.get(typeName);
  if (!type) throw new ApiError(400, 'invalid toxic type');
  const name = asked || `${typeName}_${stream}`;
  if (proxy.toxics.some((one) => one.name === name)) throw new ApiError(409, 'toxic already exists');
  const attributes = Object.fromEntries(type.attributes.map((key) => [key, integerField(given, key) ?? 0]));

  const toxic: Toxic = { name, type, direction, stream, attributes, toxicity };
  proxy.addToxic(toxic);
  return toxic;
}

/**
 * Gives a toxic the attributes (merged into those it has) and the toxicity of a request, on live connections too.
 * @throws ApiError 400, 404; attributes before the one that is wrong are kept
 */
export function changeToxic(proxy: TcpProxy, name: string, body: Body): Toxic {
  const toxic = findToxic(proxy, name);
  const toxicity = numberField(body, 'toxicity') ?? toxic.toxicity;
  for (const [key, value] of attributesOf(toxic.type, objectField(body, 'attributes') ?? {})) {
    toxic.attributes = { ...toxic.attributes, [key]: value };
  }
  toxic.toxicity = toxicity;
  proxy.updateToxic(toxic);
  return toxic;
}

function* attributesOf(type: ToxicType, given: Body): Generator<[string, number]> {
  for (const key of type.attributes) {
    const value = integerField(given, key);
    if (value !== undefined) yield [key, value];
  }
}

const directions: ReadonlyMap<string, Direction> = new Map([
  ['upstream', 'upstream'],
  ['downstream', 'downstream'],
]);
