import { describe, expect, test } from 'vitest';
import { type CategoryName, categories, categoryOf } from '../../../src/recording/categories.ts';
import { recordingOf } from '../../../src/recording/literal.ts';
import { meaningOf } from '../../../src/verdict/words/advice.ts';

const names = Object.keys(categories) as CategoryName[];

describe('a category of errors', () => {
  test('says what it means wherever it is not the generator that failed', () => {
    const silent = names.filter((name) => categoryOf(name)?.meaning === undefined);
    expect(silent).toEqual(names.filter((name) => categories[name].by === 'generator'));
  });

  test.each(names.filter((name) => name !== 'unsent'))('%s is explained by its name in a message', (category) => {
    expect(meaningOf(recordingOf({ operations: [{ category }] }))).toMatch(new RegExp(`^${category}: `));
  });

  test('is no status, and nothing that an object has from birth', () => {
    for (const name of ['503', '404', 'sold-out', 'toString', 'constructor']) expect(categoryOf(name)).toBeUndefined();
  });
});
