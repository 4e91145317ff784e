import { test as base, expect, type TestAPI, vi } from 'vitest';
import { mustKnow } from './known-options.ts';
import { sendProgress } from './report/channel.ts';
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

/** Fixture set-up counts against Vitest's time-out; every stage of a run has a deadline of its own, far below this one. */
const testTimeout = 15 * 60_000;

/** The test that has a stack to itself. */
const holders = new WeakMap<Stack, string>();

/** Stacks whose runtime a report knows already: the first test of a file tells it. */
const introduced = new WeakSet<Stack>();

/**
 * A Vitest `test` whose fixtures are real services behind a fault proxy (by the names given to them), the user's app started
 * against them (`app`), and `run`. Servers live as long as the test file; their contents and the app as long as the test.
 * @throws TypeError when a service is none, or its name is already that of a fixture, or no identifier, or `app` is no function
 */
export function resilience<D extends ServiceDefinitions>(subject: {
  readonly services: D;
  readonly app: (services: ServicesOf<D>) => AppDefinition;
  /** What the tests say of this service in words of their own: scenarios, remedies, grades, targets. Default: the package's general ones. */
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
    .extend('session', async ({ task, signal, stack }, { onCleanup }) => {
      const session = new Session({
        test: task.name,
        file: task.file.name,
        root: task.file.filepath.slice(0, -task.file.name.length),
        repeat: task.repeats ? (task.result?.repeatCount ?? 0) : undefined,
        suite,
        signal,
        onProgress: (progress) => sendProgress(task, progress),
      });
      onCleanup(async () => {
        await session.keepLogs(stack.folder, stack.logs());
        const result = session.result([...(introduced.has(stack) ? [] : stack.said), ...stack.events]);
        if (!result) return;
        introduced.add(stack);
        task.meta.breakingPoint = result;
        task.meta.breakingPointRuntime = stack.runtime;
        if (suite) task.meta.breakingPointSuite = scopeOf(suite);
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
