import { afterEach, expect, test, vi } from 'vitest';
import { findUnprivilegedUser } from '../../../src/stack/runtimes/embedded/unprivileged.ts';

const root = 'root:x:0:0:root:/root:/bin/bash\n';
const postgres = 'postgres:x:101:104:administrator:/var/lib/postgresql:/bin/bash\n';
const nobody = 'nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin\n';

afterEach(() => {
  vi.restoreAllMocks();
});

test('root runs Postgres as postgres where there is such a user, else as nobody', () => {
  vi.spyOn(process, 'getuid').mockReturnValue(0);
  expect(findUnprivilegedUser(() => root + nobody + postgres)).toEqual({ name: 'postgres', uid: 101, gid: 104 });
  expect(findUnprivilegedUser(() => root + nobody)).toEqual({ name: 'nobody', uid: 65_534, gid: 65_533 });
});

test('an ordinary user runs it as themselves', () => {
  vi.spyOn(process, 'getuid').mockReturnValue(1_000);
  expect(findUnprivilegedUser(() => root + nobody + postgres)).toBeUndefined();
});

test('without either user root is told what to do', () => {
  vi.spyOn(process, 'getuid').mockReturnValue(0);
  expect(() => findUnprivilegedUser(() => root)).toThrow('has neither a user postgres nor nobody; add one');
});
