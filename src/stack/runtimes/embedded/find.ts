export { findPostgres } from './postgres-binaries.ts';
export type { Program } from './program.ts';
export { findRedis } from './redis-binaries.ts';
