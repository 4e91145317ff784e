import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { chooseTemporaryRoot } from '../../../src/stack/reaper/private-folder.ts';

const gibibyte = 2 ** 30;
const roomy = { TMPDIR: undefined, freeInMemory: 12 * gibibyte, memory: 20 * gibibyte };

describe('the folder of a stack', () => {
  test('lies in memory where there is room', () => {
    expect(chooseTemporaryRoot(roomy)).toBe('/dev/shm');
  });

  test('lies where TMPDIR says, if it says so', () => {
    expect(chooseTemporaryRoot({ ...roomy, TMPDIR: tmpdir() })).toBe(tmpdir());
  });

  test('lies in the usual folder when memory has no file system for us, or a small one, as in most containers', () => {
    expect(chooseTemporaryRoot({ ...roomy, freeInMemory: undefined })).toBe(tmpdir());
    expect(chooseTemporaryRoot({ ...roomy, freeInMemory: 64 * 2 ** 20 })).toBe(tmpdir());
  });

  test('lies in the usual folder when memory is short', () => {
    expect(chooseTemporaryRoot({ ...roomy, memory: 2 * gibibyte })).toBe(tmpdir());
  });
});
