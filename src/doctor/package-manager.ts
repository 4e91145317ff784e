import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** How this machine installs a program: the commands in order, and whether we run them ourselves or only print them. */
export interface Installation {
  readonly commands: readonly (readonly string[])[];
  readonly automatic: boolean;
  /** What a person should know before. */
  readonly note: string;
}

interface PackageManager {
  readonly program: string;
  readonly asRoot: boolean;
  readonly automatic: boolean;
  commands(name: 'redis'): readonly (readonly string[])[];
}

const managers: readonly PackageManager[] = [
  {
    program: 'apt-get',
    asRoot: true,
    automatic: true,
    commands: () => [
      ['apt-get', 'update'],
      ['apt-get', 'install', '--yes', '--no-install-recommends', 'redis-server'],
    ],
  },
  { program: 'dnf', asRoot: true, automatic: false, commands: () => [['dnf', 'install', '--assumeyes', 'valkey']] },
  { program: 'apk', asRoot: true, automatic: false, commands: () => [['apk', 'add', 'valkey']] },
  { program: 'brew', asRoot: false, automatic: false, commands: () => [['brew', 'install', 'redis']] },
];

/**
 * How to install a program here.
 * @param isOnPath tells whether a program can be run
 * @param isRoot whether we may install without sudo
 * @returns undefined where no known package manager is there
 */
export function planInstallation(
  name: 'redis',
  isOnPath: (program: string) => boolean = isProgramOnPath,
  isRoot = process.getuid?.() === 0,
): Installation | undefined {
  const manager = managers.find((candidate) => isOnPath(candidate.program));
  if (!manager) return undefined;
  const needsSudo = manager.asRoot && !isRoot;
  const commands = manager.commands(name).map((command) => (needsSudo ? ['sudo', ...command] : command));
  return {
    commands,
    automatic: manager.automatic && (!needsSudo || isOnPath('sudo')),
    note:
      manager.program === 'apt-get'
        ? 'Where systemd runs, the package also starts a Redis of its own on port 6379; runs here never use it.'
        : '',
  };
}

/** Is there an executable of this name in one of the folders of PATH? */
export function isProgramOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      // Not in this folder, or not executable: the same to us.
      return false;
    }
  });
}
