// Loaded into a Node app before its own code (`--require`, which every version of Node and both kinds of modules bear),
// so it must need nothing, print nothing, keep nothing alive, and never throw.

/** Milliseconds between two samples. */
const probeEvery = 500;
/** Milliseconds between two looks at the event loop's delay. It is no delay, and taken off what is measured. */
const resolution = 10;

function probe(file: string): void {
  const { isMainThread } = require('node:worker_threads') as typeof import('node:worker_threads');
  // The app's own threads are preloaded too.
  if (!isMainThread) return;
  const { appendFileSync } = require('node:fs') as typeof import('node:fs');
  const { monitorEventLoopDelay, performance, PerformanceObserver } =
    require('node:perf_hooks') as typeof import('node:perf_hooks');
  const { getHeapStatistics } = require('node:v8') as typeof import('node:v8');

  const delay = monitorEventLoopDelay({ resolution });
  delay.enable();
  let collecting = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) collecting += duration;
  }).observe({ entryTypes: ['gc'] });
  let before = performance.eventLoopUtilization();
  let last = process.hrtime.bigint();

  const timer = setInterval(() => {
    try {
      const now = process.hrtime.bigint();
      const loop = performance.eventLoopUtilization();
      const sample = {
        pid: process.pid,
        // The clock of recording/clock.ts, in milliseconds.
        at: Number(now) / 1e6,
        span: Number(now - last) / 1e6,
        p99: Math.max(0, delay.percentile(99) / 1e6 - resolution),
        max: Math.max(0, delay.max / 1e6 - resolution),
        busy: performance.eventLoopUtilization(loop, before).utilization,
        gc: collecting,
        heap: getHeapStatistics().used_heap_size,
      };
      appendFileSync(file, `${JSON.stringify(sample)}\n`);
      before = loop;
      last = now;
      collecting = 0;
      delay.reset();
    } catch {
      // The file's folder is gone, so the run is over, or the app may not write there: it is not to notice.
      clearInterval(timer);
      delay.disable();
    }
  }, probeEvery);
  timer.unref();
}

if (process.env.BREAKING_POINT_PROBE) {
  try {
    probe(process.env.BREAKING_POINT_PROBE);
  } catch {
    // A Node without one of these interfaces: then nothing is known of it.
  }
}
