import { Decoding, type Field } from '../json/decode.ts';
import type { JsonValue } from '../json/value.ts';
import type { TcpProxy } from '../proxy.ts';
import { toxicTypes } from '../toxics/index.ts';
import type { Direction, Toxic } from '../toxics/toxic.ts';
import { ApiError } from './api-error.ts';
import { readBody, refuseIfWrong } from './proxy-requests.ts';

/** A proxy's toxics as a client sees their order: upstream first, each direction in order of addition. */
export function listToxics(proxy: TcpProxy): Toxic[] {
  return [
    ...proxy.toxics.filter((toxic) => toxic.direction === 'upstream'),
    ...proxy.toxics.filter((toxic) => toxic.direction === 'downstream'),
  ];
}

/** @throws ApiError 404 */
export function findToxic(proxy: TcpProxy, name: string): Toxic {
  const toxic = listToxics(proxy).find((one) => one.name === name);
  if (!toxic) throw new ApiError(404, 'toxic not found');
  return toxic;
}

/** Adds the toxic that a request describes, on live connections too. @throws ApiError 400, 409 */
export async function createToxic(proxy: TcpProxy, body: Buffer): Promise<Toxic> {
  const toxic = readToxic(readBody(body), proxy.toxics);
  await proxy.addToxic(toxic);
  return toxic;
}

/**
 * The toxic that a request describes. Checked in this order: JSON, stream, type, name, attributes.
 * @param others those that it must not share its name with
 * @throws ApiError 400, 409
 */
export function readToxic(value: JsonValue, others: readonly Toxic[]): Toxic {
  const decoding = new Decoding();
  const read = { name: '', type: '', stream: 'downstream', toxicity: 1 };
  decoding.object(
    value,
    'toxics.ToxicWrapper',
    { struct: 'ToxicWrapper', path: [] },
    {
      attributes: anyAttributes(decoding),
      name: decoding.string((name) => {
        read.name = name;
      }),
      type: decoding.string((type) => {
        read.type = type;
      }),
      stream: decoding.string((stream) => {
        read.stream = stream;
      }),
      toxicity: decoding.float32((toxicity) => {
        read.toxicity = toxicity;
      }),
    },
  );
  refuseIfWrong(decoding);

  const { stream, toxicity } = read;
  const direction = directions.get(stream.toLowerCase());
  if (!direction) throw new ApiError(400, 'stream was invalid, can be either upstream or downstream');
  const name = read.name || `${read.type}_${stream}`;
  const type = toxicTypes.get(read.type);
  if (!type) throw new ApiError(400, 'invalid toxic type');
  if (others.some((one) => one.name === name)) throw new ApiError(409, 'toxic already exists');

  const zeros = Object.fromEntries(type.attributes.map((key) => [key, 0]));
  const toxic: Toxic = { name, type, direction, stream, attributes: zeros, digits: {}, toxicity };
  readInto(toxic, value, {});
  return toxic;
}

/**
 * Gives a toxic the attributes (merged into those it has) and the toxicity of a request, on live connections too.
 * @throws ApiError 400, 404; attributes beside the one that is wrong are kept
 */
export async function changeToxic(proxy: TcpProxy, name: string, body: Buffer): Promise<Toxic> {
  const toxic = findToxic(proxy, name);
  const read = { toxicity: toxic.toxicity };
  readInto(toxic, readBody(body), read);
  toxic.toxicity = read.toxicity;
  await proxy.updateToxic(toxic);
  return toxic;
}

// Go's own words for what an update is read into.
const updateType = 'struct { Attributes interface {} "json:\\"attributes\\""; Toxicity float32 "json:\\"toxicity\\"" }';

/** Reads attributes straight into a toxic, and its toxicity, where asked for, into `read`. @throws ApiError 400 */
function readInto(toxic: Toxic, value: JsonValue, read: { toxicity?: number }): void {
  const decoding = new Decoding();
  const { type } = toxic;
  const attributes = Object.fromEntries(
    type.attributes.map((key) => [
      key,
      decoding.integer(type.integer, (whole) => {
        toxic.attributes[key] = Number(whole);
        toxic.digits[key] = String(whole);
      }),
    ]),
  );
  let detached = false;
  const fields: Record<string, Field> = {
    attributes: (given, place) => {
      // A null parts the field from the toxic: what comes after it in the same request reaches nothing.
      detached ||= given.kind === 'null';
      if (!detached)
        decoding.object(given, `toxics.${type.struct}`, { ...place, struct: type.struct }, attributes, place);
    },
  };
  if ('toxicity' in read) {
    fields.toxicity = decoding.float32((toxicity) => {
      read.toxicity = toxicity;
    });
  }
  decoding.object(value, updateType, { struct: '', path: [] }, fields);
  refuseIfWrong(decoding);
}

/** The attributes before the type is known: any object will do. After a null not even that. */
function anyAttributes(decoding: Decoding): Field {
  let detached = false;
  return (value, place) => {
    detached ||= value.kind === 'null';
    if (value.kind === 'null') return;
    if (detached) decoding.refuse(value.kind, 'toxics.Toxic', place);
    else decoding.object(value, 'toxics.NoopToxic', place, {}, place);
  };
}

const directions: ReadonlyMap<string, Direction> = new Map([
  ['upstream', 'upstream'],
  ['downstream', 'downstream'],
]);
