// `breaking-point doctor`: what this machine has and lacks.
// Begin here, then examine.ts. Imports stack only.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import Table from 'cli-table3';
import { examine } from './examine.ts';
import { planInstallation } from './package-manager.ts';
import { isFit, type Requirement } from './requirement.ts';

/**
 * Prints what this machine has and lacks; with `fix`, says what it will run to mend it, runs it, and looks again.
 * @returns the exit code: 1 while something needed is missing
 */
export async function doctor({ fix }: { readonly fix: boolean }, print: (text: string) => void): Promise<number> {
  let requirements = await examine();
  print(renderTable(requirements));
  if (fix && requirements.some(({ finding, installable }) => finding === 'missing' && installable)) {
    for (const { installable, finding } of requirements) {
      if (installable && finding === 'missing') await install(installable, print);
    }
    requirements = await examine();
    print(renderTable(requirements));
  }
  const fit = isFit(requirements);
  print(fit ? 'Ready: everything that runs need is here.' : 'Not ready: see the remedies above.');
  return fit ? 0 : 1;
}

/** The requirements as one table of plain text. */
export function renderTable(requirements: readonly Requirement[]): string {
  const table = new Table({ head: ['What', 'State', 'Found', 'Remedy'], style: { head: [], border: [] } });
  for (const { name, finding, found, remedy } of requirements) table.push([name, finding, found, remedy]);
  return table.toString();
}

async function install(name: 'redis', print: (text: string) => void): Promise<void> {
  const plan = planInstallation(name);
  if (!plan) {
    print(`No package manager known to this command is here: install ${name} by hand and put it on PATH.`);
    return;
  }
  const commands = plan.commands.map((command) => command.join(' '));
  if (plan.note) print(plan.note);
  if (!plan.automatic) {
    print(`Run this yourself:\n  ${commands.join('\n  ')}`);
    return;
  }
  print(`Running:\n  ${commands.join('\n  ')}`);
  for (const [program = '', ...parameters] of plan.commands) {
    const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const child = spawn(program, parameters, { stdio: 'inherit', env: environment });
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) {
      print(`${program} ${parameters.join(' ')} ended with ${code === null ? 'a signal' : `code ${code}`}.`);
      return;
    }
  }
}
