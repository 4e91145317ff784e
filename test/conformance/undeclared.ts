/** Vitest calls this once before the conformance suite: what is not among its tests is said, and is no skipped test. */
export default function setup(): void {
  if (process.env.TOXIPROXY_CLI) return;
  console.log("The tests of toxiproxy-cli need Toxiproxy's own command line; .ci/conformance builds it and runs them.");
}
