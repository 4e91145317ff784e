/**
 * P(X >= k) of a binomial variable, summed from k upwards, where the terms only fall.
 * @param k from n x p to n
 * @param n trials, a whole number from 1
 * @param p chance of a hit in one trial, above 0
 * @param q 1 - p, above 0; given beside it because neither can be had from the other without loss when it is small
 */
export function upperTail(k: number, n: number, p: number, q: number): number {
  const odds = p / q;
  let term = Math.exp(
    logFactorial(n) - logFactorial(k) - logFactorial(n - k) + k * Math.log(p) + (n - k) * Math.log(q),
  );
  let sum = 0;
  for (let hits = k; hits <= n && term > sum * Number.EPSILON; hits++) {
    sum += term;
    term *= ((n - hits) / (hits + 1)) * odds;
  }
  return sum;
}

/** ln(n!), by Stirling's series (Abramowitz and Stegun, 6.1.41) from where its next term is below 1e-11. */
function logFactorial(n: number): number {
  if (n < 16) {
    let product = 1;
    for (let factor = 2; factor <= n; factor++) product *= factor;
    return Math.log(product);
  }
  const correction = 1 / (12 * n) - 1 / (360 * n ** 3) + 1 / (1_260 * n ** 5);
  return n * Math.log(n) - n + Math.log(2 * Math.PI * n) / 2 + correction;
}
