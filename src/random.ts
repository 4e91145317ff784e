/**
 * Numbers for request `n` of a run, uniform in [0, 1): the same seed and n give the same numbers, in whatever order the
 * requests are made. The generator is mulberry32 (Tommy Ettinger, public domain), its state mixed from both by the
 * finalizer of MurmurHash3.
 */
export function randomFor(seed: number, n: number): () => number {
  let state = mixed(mixed(seed) ^ Math.imul(n, 0x9e3779b1));
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

function mixed(number: number): number {
  let bits = number | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

/**
 * Numbers uniform in [0, 1) for a key: the same seed and key give the same numbers. The key is folded into 32 bits by
 * FNV-1a (Fowler, Noll, Vo): among 10,000 keys the chance that any two share their numbers is 1.2 %.
 */
export function randomForKey(seed: number, key: string): () => number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, 0x01000193);
  return randomFor(seed, hash);
}
