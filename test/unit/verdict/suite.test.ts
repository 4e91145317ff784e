import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Recording } from '../../../src/recording/recording.ts';
import { checkSuite } from '../../../src/verdict/check-suite.ts';
import { applyEachOnce } from '../../../src/verdict/checks/apply-each-once.ts';
import { loseNothing } from '../../../src/verdict/checks/lose-nothing.ts';
import { oneWinner } from '../../../src/verdict/checks/one-winner.ts';
import { judge } from '../../../src/verdict/judge.ts';
import { type MatcherResult, matchers } from '../../../src/verdict/matchers/matchers.ts';
import { metrics } from '../../../src/verdict/metrics/metrics.ts';
import { keepOrigin } from '../../../src/verdict/origin.ts';
import { rowsFor } from '../../../src/verdict/rows/rows.ts';
import type { Suite } from '../../../src/verdict/suite.ts';
import { messageOf } from '../../../src/verdict/words/messages.ts';
import { suite as reference } from '../../perf/suite.ts';
import { away, outage, raced, steady } from './literals.ts';

/** Words of the suite that this repository tests its own service with. */
const words = /vendor|webhook|routing|message_sid|whatsapp|trace p95|cache hit rate|concurrency 10/i;

const failing = (): Recording[] => [
  steady({ rate: 400, seconds: 2 }, (_, dueAt) => ({ category: '503', endedAt: dueAt + 6_000 })),
  steady({ rate: 400, seconds: 2 }, (_, dueAt) => ({ endedAt: dueAt + 6_000 })),
  outage((_, dueAt) => (dueAt >= 5_000 ? { category: '503' } : {}), { finalState: { after: ['SM1', 'SM1'] } }),
  outage(
    (_, dueAt) => (away(dueAt) ? { category: 'timeout' } : {}),
    { finalState: { after: ['SM1', 'SM1'] } },
    'postgres',
  ),
  raced(20, () => ({ category: 'ok', outcome: 'ok' })),
  raced(20, () => ({ category: '503' }), { finalState: { after: [] } }),
];

/** All that the package says of a recording: each metric judged by a bound that it breaks, the checks, and the table. */
function saidOf(recording: Recording): string[] {
  const judgements = metrics.flatMap((metric) =>
    metric.better === 'neither'
      ? []
      : metric
          .windows(recording)
          .map((window) =>
            judge(metric, metric.better === 'less' ? '<' : '>', metric.better === 'less' ? 0 : 1e9, window),
          ),
  );
  const checked = [loseNothing(recording), applyEachOnce(recording), oneWinner(recording)];
  const messages = [...judgements, ...checked].map((judgement) =>
    messageOf(recording, [judgement], { isNot: false, title: '' }),
  );
  return [...messages, ...rowsFor(recording, []).map((row) => JSON.stringify(row))];
}

const kept = (recording: Recording, suite: Suite): Recording => {
  keepOrigin(recording, { project: '', fullName: 't', file: 'a.test.ts', folder: 'f', isTrial: false, suite });
  return recording;
};

describe('a run without a suite of its own', () => {
  test('never says a word of the reference suite', () => {
    for (const text of failing().flatMap(saidOf)) expect(text).not.toMatch(words);
  });

  test('and the package has no such word, and names no document of the repository', () => {
    const folder = join(import.meta.dirname, '../../../src');
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.ts')) continue;
      const text = readFileSync(join(folder, name), 'utf8');
      expect(text, name).not.toMatch(/vendor_|webhook_|routing|message_sid|whatsapp|trace p95|\b(SPEC|DESIGN)\b/);
    }
  });
});

describe("a suite's own words", () => {
  test('reach the messages', () => {
    const said = failing()
      .map((recording) => kept(recording, reference))
      .flatMap(saidOf)
      .join('\n');
    for (const remedy of [
      'webhook_idempotency(message_sid)',
      'vendor_routing_responses(routing_id)',
      'the message is durable',
    ]) {
      expect(said).toContain(remedy);
    }
  });

  test('reach the grades of the table', () => {
    const own: Suite = {
      grades: {
        p99: [
          { below: 20, grade: 'warning', action: 'buy a bigger one' },
          { grade: 'critical', action: null },
        ],
      },
    };
    const row = (recording: Recording) => rowsFor(recording, []).find(({ metric }) => metric === 'p99');
    expect(row(steady({ rate: 400, seconds: 2 }))).toMatchObject({ grade: 'good', action: null });
    expect(row(kept(steady({ rate: 400, seconds: 2 }), own))).toMatchObject({
      grade: 'warning',
      action: 'buy a bigger one',
    });
  });

  test('reach the targets', () => {
    const own: Suite = { targets: { production: { p99: { below: 5 } } } };
    const passes = (recording: Recording) =>
      (matchers.toMeet as (this: object, ...all: unknown[]) => MatcherResult).call({}, recording, 'production').pass;
    expect(passes(kept(steady({ rate: 1_000, seconds: 10 }), {}))).toBe(true);
    expect(passes(kept(steady({ rate: 1_000, seconds: 10 }), own))).toBe(false);
  });

  test.each<[string, Suite, string]>([
    ['a misspelt part', { remedy: {} } as never, "there is no 'remedy'"],
    [
      'a misspelt target',
      { targets: { prodution: {} } as never },
      "targets has no 'prodution'; these are: development",
    ],
    ['grades of what is no metric', { grades: { p999: [] } as never }, "grades has no 'p999'"],
    ['a remedy for what needs none', { remedies: { slow: 'buy' } as never }, "remedies has no 'slow'"],
    [
      'a bound of a target',
      { targets: { staging: { p99: { above: 1 } } } },
      "targets.staging: 'p99' takes one of below",
    ],
    [
      'grades without an end',
      { grades: { p99: [{ below: 1, grade: 'good', action: null }] } },
      'grades.p99 must be steps',
    ],
  ])('that are none are refused before anything starts: %s', (_, suite, message) => {
    expect(() => checkSuite(suite)).toThrow(message);
  });
});
