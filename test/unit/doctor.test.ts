import { describe, expect, it } from 'vitest';
import { renderTable } from '../../src/doctor/doctor.ts';
import {
  checkDisk,
  checkEngine,
  checkImages,
  checkMemory,
  checkNode,
  checkOpenFiles,
  examine,
} from '../../src/doctor/examine.ts';
import { planInstallation } from '../../src/doctor/package-manager.ts';
import { isFit } from '../../src/doctor/requirement.ts';

const gibibyte = 2 ** 30;

describe('the doctor', () => {
  it.each([
    ['22.18.0', 'ok'],
    ['24.0.0', 'ok'],
    ['22.17.9', 'missing'],
    ['20.20.2', 'missing'],
  ])('finds Node %s %s', (version, finding) => {
    expect(checkNode(version).finding).toBe(finding);
  });

  it('looks for nothing else with a Node that is too old, by which Postgres and Redis would seem to be missing', async () => {
    expect(await examine('20.20.2')).toEqual([checkNode('20.20.2')]);
  });

  it('cannot do without disk, and only advises on memory and open files', () => {
    expect(checkDisk('/tmp', gibibyte).finding).toBe('ok');
    expect(checkDisk('/tmp', gibibyte - 1).finding).toBe('missing');
    expect(checkMemory(gibibyte - 1).finding).toBe('advice');
    expect(checkOpenFiles(1_024).finding).toBe('advice');
    expect(checkOpenFiles(4_096).finding).toBe('ok');
    expect(checkOpenFiles(undefined).finding).toBe('ok');
  });

  it('gives a remedy for whatever is not well, and for nothing else', () => {
    const requirements = [checkNode('20.0.0'), checkDisk('/tmp', 0), checkMemory(0), checkOpenFiles(1)];
    expect(requirements.filter((requirement) => requirement.remedy === '')).toEqual([]);
    expect([checkNode('24.0.0'), checkOpenFiles(8_192)].map((requirement) => requirement.remedy)).toEqual(['', '']);
  });

  it('does without a container engine and its images', () => {
    expect(checkEngine({ found: undefined, tried: ['unix:///a.sock: nothing listens there'] })).toMatchObject({
      finding: 'optional',
      found: 'none answers (unix:///a.sock: nothing listens there)',
    });
    const there = { address: { socketPath: '/a.sock' }, place: 'unix:///a.sock', version: '28.2' };
    expect(checkEngine({ found: there, tried: [] })).toMatchObject({ finding: 'ok', found: '28.2 (unix:///a.sock)' });
    expect(checkImages(undefined)).toMatchObject({ finding: 'optional', found: 'none' });
    expect(checkImages([{ image: 'redis:8', there: true }])).toMatchObject({ finding: 'ok', remedy: '' });
    const some = checkImages([
      { image: 'redis:8', there: true },
      { image: 'postgres:18', there: false },
    ]);
    expect(some).toMatchObject({ finding: 'optional', found: 'redis:8' });
    expect(some.remedy).toBe('for servers in containers: docker pull postgres:18');
  });

  it('calls a machine fit when nothing needed is missing', () => {
    expect(isFit([checkNode('24.0.0'), checkMemory(0)])).toBe(true);
    expect(isFit([checkNode('24.0.0'), checkDisk('/tmp', 0)])).toBe(false);
  });

  it('shows a line for each requirement', () => {
    const table = renderTable([checkNode('20.1.0'), checkOpenFiles(100)]);
    expect(table).toContain('Node');
    expect(table).toContain('20.1.0');
    expect(table).toContain('npm install --save-dev node@24');
  });
});

describe('installing Redis', () => {
  const only =
    (...programs: string[]) =>
    (program: string) =>
      programs.includes(program);

  it('is run with apt, as root', () => {
    const plan = planInstallation('redis', only('apt-get'), true);
    expect(plan?.automatic).toBe(true);
    expect(plan?.commands.at(-1)).toContain('redis-server');
    expect(plan?.commands.every(([program]) => program === 'apt-get')).toBe(true);
  });

  it('is run with sudo by an ordinary user, and only printed where there is none', () => {
    expect(planInstallation('redis', only('apt-get', 'sudo'), false)).toMatchObject({ automatic: true });
    expect(planInstallation('redis', only('apt-get', 'sudo'), false)?.commands[0]?.[0]).toBe('sudo');
    expect(planInstallation('redis', only('apt-get'), false)).toMatchObject({ automatic: false });
  });

  it.each(['dnf', 'apk', 'brew'])('is printed with %s', (manager) => {
    expect(planInstallation('redis', only(manager), true)).toMatchObject({ automatic: false });
  });

  it('has no plan where no package manager is known', () => {
    expect(planInstallation('redis', only(), true)).toBeUndefined();
  });
});
