/**
 * `fsync` is off, as in other test set-ups: a killed process loses nothing that it wrote, since the page cache belongs to the
 * system; only a crash of the machine would. Everything that decides what a server's crash does is as in production:
 * `synchronous_commit` and `full_page_writes` stay on.
 */
export const postgresDefaults: Readonly<Record<string, string>> = {
  fsync: 'off',
  max_connections: '100',
  // In the data folder: a killed server leaves nothing in /dev/shm, which is small in a container.
  dynamic_shared_memory_type: 'mmap',
  log_connections: 'off',
};

/** Without persistence, as the image of Docker's is. */
export const redisDefaults: Readonly<Record<string, string>> = { save: '', appendonly: 'no' };

/** @throws Error when a setting is one that the stack chooses */
export function reserved(subject: string, settings: Readonly<Record<string, string>>, names: readonly string[]): void {
  const wrong = names.find((name) => Object.keys(settings).some((key) => key.toLowerCase() === name));
  if (wrong) throw new Error(`${subject}: ${wrong} is chosen by the stack; leave it out`);
}
