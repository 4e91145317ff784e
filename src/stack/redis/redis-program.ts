import { randomUUID } from 'node:crypto';
import { mkdirSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ServerProgram } from '../server.ts';
import { requireRedis, searchRedis } from './redis-binaries.ts';
import { settingOf } from './redis-configuration.ts';

/** Without persistence, as the image of Docker's is. */
const defaults: Readonly<Record<string, string>> = { save: '', appendonly: 'no' };

/** Redis or Valkey. */
export const redisProgram: ServerProgram = {
  kind: 'redis',
  reserved: ['port', 'bind', 'dir', 'daemonize', 'logfile', 'requirepass'],
  search: searchRedis,
  async planProcess({ settings }, folder) {
    const program = await requireRedis();
    const data = join(folder, 'data');
    mkdirSync(data, { recursive: true });
    const options = optionsOf({ ...defaults, ...settings, bind: '127.0.0.1', dir: data });
    return {
      title: `${basename(program.path)} ${program.version}`,
      command: program.path,
      args: (port) => ['--port', String(port), ...options],
      folder: data,
      user: undefined,
      graceful: 'SIGTERM',
      immediate: 'SIGTERM',
      clear: () => {},
      async mustBeOurs(port) {
        const seen = await settingOf(port, 'dir');
        if (realpathSync(seen) !== realpathSync(data)) throw new Error(`port ${port} serves ${seen}`);
      },
    };
  },
  planContainer({ settings }) {
    // A setting without a meaning here, since nothing is logged to syslog; known to this server alone.
    const ident = `breaking-point-${randomUUID()}`;
    const options = optionsOf({ ...defaults, ...settings, 'syslog-ident': ident });
    return {
      graceful: 'SIGTERM',
      environment: {},
      usualPort: 6379,
      command(address, port) {
        const open = address === '*' ? ['--protected-mode', 'no'] : [];
        return ['redis-server', '--port', String(port), '--bind', address, ...open, ...options];
      },
      async mustBeOurs(port) {
        const seen = await settingOf(port, 'syslog-ident');
        if (seen !== ident) throw new Error(`port ${port} serves ${seen}`);
      },
    };
  },
};

/** A value of several words is several arguments, and an empty one is an argument too. */
function optionsOf(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([key, value]) => [`--${key}`, ...value.split(' ')]);
}
