import { describe, expect, it } from 'vitest';
import { rendered } from '../../src/doctor/doctor.ts';
import { disk, engine, examine, images, memory, node, openFiles } from '../../src/doctor/examine.ts';
import { installation } from '../../src/doctor/package-manager.ts';
import { isFit } from '../../src/doctor/requirement.ts';

const gibibyte = 2 ** 30;

describe('the doctor', () => {
  it.each([
    ['22.18.0', 'ok'],
    ['24.0.0', 'ok'],
    ['22.17.9', 'missing'],
    ['20.20.2', 'missing'],
  ])('finds Node %s %s', (version, finding) => {
    expect(node(version).finding).toBe(finding);
  });

  it('looks for nothing else with a Node that is too old, by which Postgres and Redis would seem to be missing', async () => {
    expect(await examine('20.20.2')).toEqual([node('20.20.2')]);
  });

  it('cannot do without disk, and only advises on memory and open files', () => {
    expect(disk('/tmp', gibibyte).finding).toBe('ok');
    expect(disk('/tmp', gibibyte - 1).finding).toBe('missing');
    expect(memory(gibibyte - 1).finding).toBe('advice');
    expect(openFiles(1_024).finding).toBe('advice');
    expect(openFiles(4_096).finding).toBe('ok');
    expect(openFiles(undefined).finding).toBe('ok');
  });

  it('gives a remedy for whatever is not well, and for nothing else', () => {
    const requirements = [node('20.0.0'), disk('/tmp', 0), memory(0), openFiles(1)];
    expect(requirements.filter((requirement) => requirement.remedy === '')).toEqual([]);
    expect([node('24.0.0'), openFiles(8_192)].map((requirement) => requirement.remedy)).toEqual(['', '']);
  });

  it('does without a container engine and its images', () => {
    expect(engine({ found: undefined, tried: ['unix:///a.sock: nothing listens there'] })).toMatchObject({
      finding: 'optional',
      found: 'none answers (unix:///a.sock: nothing listens there)',
    });
    const there = { address: { socketPath: '/a.sock' }, place: 'unix:///a.sock', version: '28.2' };
    expect(engine({ found: there, tried: [] })).toMatchObject({ finding: 'ok', found: '28.2 (unix:///a.sock)' });
    expect(images(undefined)).toMatchObject({ finding: 'optional', found: 'none' });
    expect(images([{ image: 'redis:8', there: true }])).toMatchObject({ finding: 'ok', remedy: '' });
    const some = images([
      { image: 'redis:8', there: true },
      { image: 'postgres:18', there: false },
    ]);
    expect(some).toMatchObject({ finding: 'optional', found: 'redis:8' });
    expect(some.remedy).toBe('for servers in containers: docker pull postgres:18');
  });

  it('calls a machine fit when nothing needed is missing', () => {
    expect(isFit([node('24.0.0'), memory(0)])).toBe(true);
    expect(isFit([node('24.0.0'), disk('/tmp', 0)])).toBe(false);
  });

  it('shows a line for each requirement', () => {
    const table = rendered([node('20.1.0'), openFiles(100)]);
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
    const plan = installation('redis', only('apt-get'), true);
    expect(plan?.automatic).toBe(true);
    expect(plan?.commands.at(-1)).toContain('redis-server');
    expect(plan?.commands.every(([program]) => program === 'apt-get')).toBe(true);
  });

  it('is run with sudo by an ordinary user, and only printed where there is none', () => {
    expect(installation('redis', only('apt-get', 'sudo'), false)).toMatchObject({ automatic: true });
    expect(installation('redis', only('apt-get', 'sudo'), false)?.commands[0]?.[0]).toBe('sudo');
    expect(installation('redis', only('apt-get'), false)).toMatchObject({ automatic: false });
  });

  it.each(['dnf', 'apk', 'brew'])('is printed with %s', (manager) => {
    expect(installation('redis', only(manager), true)).toMatchObject({ automatic: false });
  });

  it('has no plan where no package manager is known', () => {
    expect(installation('redis', only(), true)).toBeUndefined();
  });
});
