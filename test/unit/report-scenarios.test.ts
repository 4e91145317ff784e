import { expect, test } from 'vitest';
import { scenarios, scenariosNotMeasured } from '../../src/report/scenarios.ts';

test('the four systems of SPEC have 18 scenarios, 8 of which are built', () => {
  expect(scenarios.filter(({ built }) => built).map(({ title }) => title)).toEqual([
    'webhook load, light',
    'webhook load, moderate',
    'vendor race, light',
    'vendor race, moderate',
    'redis failure, connection',
    'redis failure, crash',
    'database restart, graceful',
    'database restart, crash',
  ]);
  expect(scenarios).toHaveLength(18);
});

test('a scenario is measured by a test whose title begins with it, and all others are listed with the reason', () => {
  const lines = scenariosNotMeasured(['webhook load, light: 10 connections', 'vendor race, light']);
  expect(lines).toHaveLength(16);
  expect(lines.slice(0, 3)).toEqual([
    'webhook load, moderate: not run',
    'webhook load, heavy: not built yet',
    'webhook load, stress: not built yet',
  ]);
  expect(lines.filter((line) => line.includes('light'))).toEqual([]);
});

test('when every built scenario is measured only those that are not built are listed', () => {
  const built = scenarios.filter((scenario) => scenario.built).map(({ title }) => `${title}: as it should be`);
  expect(scenariosNotMeasured(built).every((line) => line.endsWith(': not built yet'))).toBe(true);
});

test('tests of another service have no scenarios of this one to miss', () => {
  expect(scenariosNotMeasured(['trips survive an outage', 'a test about webhook load, light'])).toEqual([]);
});
