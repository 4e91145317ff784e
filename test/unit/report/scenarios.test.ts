import { expect, test } from 'vitest';
import { listScenariosNotMeasured } from '../../../src/report/scenarios.ts';
import { suite } from '../../perf/suite.ts';

const { scenarios } = suite;

const all = scenarios.map(({ title }) => `${title}: as it should be`);

test('the suite of the ordering service has 18 scenarios', () => {
  expect(scenarios).toHaveLength(18);
});

test('a scenario is measured by a test whose title begins with it, and all others are listed as not run', () => {
  const lines = listScenariosNotMeasured(
    scenarios,
    ['webhook load, light: 10 connections', 'vendor race, light'],
    'full',
  );
  expect(lines).toHaveLength(16);
  expect(lines.slice(0, 3)).toEqual([
    'webhook load, moderate: not run',
    'webhook load, heavy: not run',
    'webhook load, stress: not run',
  ]);
  expect(lines.filter((line) => line.includes('light'))).toEqual([]);
});

test('of an outage that the profile shortens, what takes longer is listed as not measured', () => {
  const shortened = [
    'redis failure, connection: what shows only at its full length of 30 s (profile stress)',
    'redis failure, timeout: what shows only at its full length of 60 s (profile stress)',
    'redis failure, slow: what shows only at its full length of 45 s (profile stress)',
    'redis failure, crash: what shows only at its full length of 60 s (profile stress)',
    'redis failure, recovery: what shows only at its full length of 120 s (profile stress)',
  ];
  expect(listScenariosNotMeasured(scenarios, all, 'full')).toEqual(shortened);
  expect(listScenariosNotMeasured(scenarios, all, 'quick')).toEqual(shortened);
  expect(listScenariosNotMeasured(scenarios, all, 'stress')).toEqual([]);
});

test('tests of another service have no scenarios of this one to miss', () => {
  expect(
    listScenariosNotMeasured(scenarios, ['trips survive an outage', 'a test about webhook load, light'], 'quick'),
  ).toEqual([]);
});

test('a suite that names no scenarios misses none', () => {
  expect(listScenariosNotMeasured([], ['webhook load, light: 10 connections'], 'quick')).toEqual([]);
});
