import { expect, test } from 'vitest';
import type { Window } from '../../../src/recording/recording.ts';
import { judge } from '../../../src/verdict/judge.ts';
import { metrics } from '../../../src/verdict/metrics/metrics.ts';
import { judgeParts } from '../../../src/verdict/worst-part.ts';
import { steady } from './literals.ts';

/** Two faults apart, during the first of which every operation is an error or slow, and during the second each tenth. */
const twoFaults = steady(
  { rate: 200, seconds: 20 },
  (n, dueAt) => {
    const struck = (dueAt >= 2_000 && dueAt < 4_000) || (dueAt >= 12_000 && dueAt < 14_000 && n % 10 === 0);
    return struck ? { category: '503', endedAt: dueAt + 900 } : {};
  },
  {
    faults: [2_000, 12_000].map((inEffectAt, n) => ({
      kind: 'refuse',
      service: n === 0 ? 'redis' : 'postgres',
      inEffectAt,
      healedAt: inEffectAt + 2_000,
      bite: { connectionsBefore: 3, seenAtStart: true, seenBeforeEnd: true, detail: 'the probe was refused' },
    })),
  },
);

const ofWindows = metrics.filter(({ of, better }) => (of === 'window' || of === 'name') && better !== 'neither');

test.each(ofWindows.map((metric) => [metric.name, metric] as const))(
  'of several faults the worse one is told, whichever way %s is worse',
  (_, metric) => {
    // Kept or broken by both, so that the values decide.
    const bound = metric.better === 'more' ? 1e9 : 1e-9;
    const relation = metric.better === 'more' ? '>' : '<';
    const asked = (part: Window) => [judge(metric, relation, bound, part)];
    const each = (twoFaults.during.parts ?? []).map((part) => asked(part)[0]?.value ?? Number.NaN);
    expect(each).toHaveLength(2);
    const [told] = judgeParts(twoFaults.during, asked);
    const worst = metric.better === 'more' ? Math.min(...each) : Math.max(...each);
    expect(told?.value).toBe(worst);
  },
);
