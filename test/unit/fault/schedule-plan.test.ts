import { expect, it } from 'vitest';
import { type Experiment, experiment, type Laboratory } from '../../../src/experiment.ts';
import { lasting } from '../../../src/fault/fault.ts';
import { repeated } from '../../../src/fault/repeated.ts';

const refuse = lasting({
  ...{ name: 'refuse(redis)', kind: 'refuse', holds: ['wire'], patience: 100 },
  subject: { name: 'redis', kind: 'redis', connections: async () => 1 },
  look: () => Promise.reject(new Error('looked')),
  inject: () => Promise.reject(new Error('injected')),
});
const load = { name: 'a load', duration: 8_000, run: () => Promise.reject(new Error('begun')) };

it.each([
  ['a fault without a time', [refuse], "refuse(redis) has no time: write refuse(redis).from('5s').to('10s')"],
  ['a fault that is none', [undefined], "a fault has no time: write a fault.from('5s').to('10s')"],
  [
    'a list within the list',
    [repeated(refuse.from('1s').for('1s'), { times: 2, every: '3s' })],
    'run({ faults }) has a list in its list: write ...repeated(...), with three dots',
  ],
  ['a fault that is not in a list', refuse.from('1s').for('1s'), 'run({ faults }) must be a list, such as [refuse('],
  [
    'a repetition that outlasts the load',
    repeated(refuse.from('1s').for('1s'), { times: 4, every: '3s' }),
    /after the load/,
  ],
] as const)('%s is an error before anything starts', async (_, faults, message) => {
  const plan = { load, faults } as unknown as Experiment;
  await expect(experiment(plan, {} as Laboratory)).rejects.toThrow(message);
});
