// Where servers run: as child processes (embedded) or in containers. This folder chooses, and holds what both share.
// Begin here. Knows no kind of server: a ServerProgram says how one runs.

import { type Engine, type EngineSearch, findEngine, hasImage } from '../machine/engine.ts';
import type { RuntimeName, ServerProgram } from '../server.ts';
import { readWantedRuntime } from './wanted.ts';

/** What a stack's servers are. */
export interface Need {
  /** `postgres`, `redis`. */
  readonly kind: string;
  /** What a container of it runs; a service without one starts its server itself. */
  readonly image?: string;
  /** How the stack runs it; undefined for a service that starts its server itself. */
  readonly program?: Pick<ServerProgram, 'search'>;
}

/** Which runtime a stack uses, and why. */
export interface Choice {
  readonly name: RuntimeName;
  /** After `since`. */
  readonly because: string;
  /** With containers: the engine that answers. */
  readonly engine?: Engine;
  /** With containers: whether an image that is missing is to be pulled. */
  readonly mayPull?: boolean;
}

/** What a choice looks at. */
export interface Machine {
  readonly findEngine: () => Promise<EngineSearch>;
  readonly hasImage: (engine: Engine, image: string) => Promise<boolean>;
}

/** Milliseconds that an engine may take to answer. */
const answersWithin = 1_000;

const machine: Machine = {
  findEngine: () => findEngine(answersWithin),
  hasImage: ({ address }, image) => hasImage(address, image, answersWithin),
};

/**
 * The runtime that BREAKING_POINT_RUNTIME asks for. With `auto` it is containers when an engine answers and has the
 * images, or when embedded cannot run; nothing is pulled while it can.
 * @throws RangeError when the variable has no meaning
 * @throws Error saying what was tried, when it asks for containers and no engine answers
 */
export async function chooseRuntime(
  needs: readonly Need[],
  env: NodeJS.ProcessEnv = process.env,
  { findEngine, hasImage }: Machine = machine,
): Promise<Choice> {
  const wanted = readWantedRuntime(env);
  const asked = `BREAKING_POINT_RUNTIME=${wanted} asks for it`;
  if (wanted === 'embedded') return { name: 'embedded', because: asked };
  const images = [...new Set(needs.flatMap(({ image }) => image ?? []))];
  if (wanted === 'auto' && images.length === 0) return { name: 'embedded', because: 'no service has an image' };
  const { found: engine, tried } = await findEngine();
  if (wanted === 'containers') {
    if (engine) return { name: 'containers', because: asked, engine, mayPull: true };
    throw new Error(
      `BREAKING_POINT_RUNTIME=containers needs a container engine, and none answers; tried ${tried.join('; ')}; start Docker, name its address in DOCKER_HOST, or set BREAKING_POINT_RUNTIME=embedded for child processes`,
    );
  }
  if (!engine) return { name: 'embedded', because: `no container engine answers (${tried.join('; ')})` };
  const missing = await findMissing(engine, images, hasImage);
  if (missing.length === 0) {
    const because = `the engine at ${engine.place} answers and has the images`;
    return { name: 'containers', because, engine, mayPull: false };
  }
  const kinds = new Map(needs.map((need) => [need.kind, need]));
  const without = (await Promise.all([...kinds.values()].map(whyNotEmbedded))).filter((why) => why !== undefined);
  if (without.length > 0) return { name: 'containers', because: without.join('; '), engine, mayPull: true };
  return { name: 'embedded', because: `the engine at ${engine.place} does not have ${missing.join(' and ')}` };
}

/** Why such a server cannot run as a child process; undefined when it can. */
async function whyNotEmbedded({ kind, program }: Need): Promise<string | undefined> {
  const seen = await program?.search();
  return seen && !seen.found ? `no ${kind} server runs here (looked for ${seen.tried.join('; ')})` : undefined;
}

async function findMissing(engine: Engine, images: readonly string[], hasImage: Machine['hasImage']) {
  const there = await Promise.all(
    // An engine that ceases to answer has no images for us.
    images.map((image) => hasImage(engine, image).catch(() => false)),
  );
  return images.filter((_, index) => !there[index]);
}
