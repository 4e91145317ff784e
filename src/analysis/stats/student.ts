/**
 * P(T >= t) for Student's distribution, by the finite sums of Abramowitz and Stegun (26.7.3 and 26.7.4).
 * @param t any number
 * @param freedom degrees of freedom, a whole number from 1
 */
export function studentTail(t: number, freedom: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const cosine = Math.cos(angle) ** 2;
  const isOdd = freedom % 2 === 1;
  let term = isOdd ? Math.cos(angle) : 1;
  let sum = 0;
  for (let power = isOdd ? 2 : 1; power < freedom; power += 2) {
    sum += term;
    term *= (power / (power + 1)) * cosine;
  }
  const within = isOdd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
  return Math.max(0, (1 - within) / 2);
}
