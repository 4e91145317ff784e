import { test as base, expect, type RunnerTestCase, type TestAPI, TestRunner, vi } from 'vitest';
import { mustKnow } from './known-options.ts';
import { type AttemptReport, isExplained, standingText } from './report/attempt.ts';
import { keyOf, sendProgress } from './report/channel.ts';
import type { Run } from './run.ts';
import type { Reset } from './search/ground.ts';
import { Session } from './session.ts';
import type { App } from './stack/app/app.ts';
import type { AppDefinition } from './stack/app/command.ts';
import { launch } from './stack/app/standing-app.ts';
import { checkServices } from './stack/check-services.ts';
import type { Service } from './stack/service.ts';
import { openStack, type ServiceDefinitions, type ServicesOf, type Stack } from './stack/stack.ts';
import { checkSuite, scopeOf } from './verdict/check-suite.ts';
import { matchers, type ResilienceMatchers } from './verdict/matchers/matchers.ts';
import type { Suite } from './verdict/suite.ts';

declare module 'vitest' {
  interface Matchers<R, T> extends ResilienceMatchers<R> {}
}

export type { RepeatedExperiment, Run } from './run.ts';

expect.extend(matchers);

/** Names that Vitest or this package gives to fixtures already: Vitest would let a service shadow them silently. */
const taken = [
  ...['task', 'expect', 'signal', 'skip', 'annotate', 'onTestFailed', 'onTestFinished', 'bench', 'recordArtifact'],
  ...['app', 'run', 'stack', 'session'],
];

/**
 * Time-out of a test (ms). Fixture set-up counts against it; every stage of a run has its own deadline, far below this.
 */
const testTimeout = 15 * 60_000;

/** The test that has a stack to itself. */
const holders = new WeakMap<Stack, string>();

/** Stacks whose runtime a report knows already: the first test of a file tells it. */
const introduced = new WeakSet<Stack>();

/**
 * A Vitest `test` with fixtures: real services behind a fault proxy (by the names given to them), the user's app
 * started against them (`app`), and `run`. Servers live as long as the test file; their contents and the app as long as
 * the test.
 * @throws TypeError when a service is none, `app` is no function, or a name is that of a fixture or no identifier
 */
export function resilience<D extends ServiceDefinitions>(subject: {
  readonly services: D;
  readonly app: (services: ServicesOf<D>) => AppDefinition;
  /**
   * What the tests say of this service in words of their own: scenarios, remedies, grades, targets. Default: the
   * package's general words.
   */
  readonly suite?: Suite;
}): TestAPI<ServicesOf<D> & { app: App; run: Run }> {
  mustKnow(subject, 'resilience', { services: true, app: true, suite: true });
  const { suite } = subject;
  if (suite) checkSuite(suite);
  checkServices(subject.services);
  if (typeof subject.app !== 'function') {
    throw new TypeError(
      `resilience({ app }) must be a function such as ({ redis }) => command([...], { ... }); got ${typeof subject.app}`,
    );
  }
  const names = Object.keys(subject.services);
  const shadowing = names.find((name) => taken.includes(name));
  if (shadowing) {
    throw new TypeError(
      `resilience({ services }): "${shadowing}" is already the name of a fixture; give the service another`,
    );
  }
  vi.setConfig({ testTimeout, hookTimeout: testTimeout });
  markFile();

  const withServices = base
    .extend('stack', { scope: 'file' }, async ({}, { onCleanup }): Promise<Stack> => {
      const stack = await openStack({ services: subject.services });
      onCleanup(() => stack.close());
      return stack;
    })
    .extend('services', async ({ stack, task }, { onCleanup }) => {
      const holder = holders.get(stack);
      if (holder !== undefined) {
        throw new Error(
          `"${task.name}" began while "${holder}" was under way, and both share the servers of their file, which each test finds empty: leave test.concurrent out`,
        );
      }
      holders.set(stack, task.name);
      onCleanup(() => void holders.delete(stack));
      return await stack.fresh();
    });

  const services = names.map((name) => [
    name,
    async ({ services }: { services: Record<string, Service> }, use: (service: Service) => Promise<void>) =>
      use(services[name] as Service),
  ]);

  const complete = withServices
    .extend(Object.fromEntries(services))
    .extend('session', async ({ task, signal, stack, onTestFinished }, { onCleanup }) => {
      const before = task.result?.errors?.length ?? 0;
      const session = new Session({
        ...keyOf(task),
        root: task.file.filepath.slice(0, -task.file.name.length),
        attempt: attemptOf(task),
        repeat: task.result?.repeatCount ?? 0,
        suite,
        signal,
        onProgress: (progress) => sendProgress(task, progress),
        assertions: () => countAssertions(task),
      });
      onCleanup(() => session.keepLogs(stack.folder, stack.logs()));
      // After all hooks and clean-ups: what they assert counts, and what they throw is the error of the test.
      onTestFinished(() => {
        const errors = (task.result?.errors ?? []).slice(before).map(({ message }) => message);
        const events = [...(introduced.has(stack) ? [] : stack.said), ...stack.events];
        // What fails as it is to is as good as read.
        const report = session.report({ events, errors: task.fails ? [] : errors });
        const earlier = task.meta.breakingPoint ?? [];
        if (report) {
          introduced.add(stack);
          task.meta.breakingPoint = [...earlier, report];
          task.meta.breakingPointRuntime = stack.runtime;
          if (suite) task.meta.breakingPointSuite = scopeOf(suite);
        }
        if (task.result?.state === 'fail' && task.fails && report && isExplained(errors, report.doubts)) {
          // An unknown is not the failure that `test.fails` waits for.
          task.result.state = 'pass';
        }
        // A test that failed keeps its own error, and one that is to fail must not do so by ours.
        if (task.fails || task.result?.state === 'fail' || task.result?.state === 'skip') return;
        session.mustHaveEnded();
        if (report) mustStand(report, earlier);
      });
      return session;
    })
    .extend('app', async ({ services, stack, signal }, { onCleanup }) => {
      const app = await launch(subject.app(known(services) as ServicesOf<D>), stack);
      onCleanup(() => app.end());
      signal.throwIfAborted();
      return app;
    })
    .extend('run', async ({ session, app, services, stack }, { onCleanup }): Promise<Run> => {
      const reset = (what: Reset) => app.restart(what === 'all' ? () => stack.renew() : undefined);
      const { run, close } = session.open({
        app,
        services: Object.values(services),
        others: () => stack.pids,
        proxy: () => stack.proxyPid,
        track: (pid: number) => stack.watchOver(pid),
        reset,
      });
      onCleanup(close);
      return run;
    });

  return complete as unknown as TestAPI<ServicesOf<D> & { app: App; run: Run }>;
}

/** Lets the report know a file whose breaking points may all be skipped, or which fails before any of them runs. */
function markFile(): void {
  const { file } = TestRunner.getCurrentSuite();
  if (file) file.meta.breakingPoints = true;
}

/** Number of the attempt that begins, from 1; undefined where Vitest makes only one. */
function attemptOf({ retry = 0, repeats = 0, result }: Readonly<RunnerTestCase>): number | undefined {
  const retries = typeof retry === 'number' ? retry : (retry.count ?? 0);
  return retries + repeats > 0 ? (result?.attempts?.length ?? 0) + 1 : undefined;
}

/** Calls of `expect` so far, of the one that is imported and of the one that the test may take from its context. */
function countAssertions({ context }: Readonly<RunnerTestCase>): number {
  return [expect, context.expect].reduce((sum, one) => sum + one.getState().assertionCalls, 0);
}

/** @throws Error when an attempt that passed judged nothing, or passed as a retry of a failure that no retry undoes */
function mustStand(report: AttemptReport, earlier: readonly AttemptReport[]): void {
  const reason = report.unjudged ?? standingText(report, earlier);
  if (reason !== undefined) throw new Error(reason);
}

/** The services, with an error for a name that is none of them: `undefined.url` would not say what is wrong. */
function known(services: Record<string, Service>): Record<string, Service> {
  return new Proxy(services, {
    get(target, name) {
      if (typeof name === 'symbol' || name in target) return Reflect.get(target, name);
      throw new TypeError(
        `resilience({ app }): there is no service "${name}"; resilience({ services }) names ${Object.keys(target).join(', ')}`,
      );
    },
  });
}
