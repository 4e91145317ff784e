// What is seen beside the load: CPU, memory, servers, health paths, probes of the user. It never disturbs a run.
// Begin here. Imports stack and recording, never load, fault, proxy or judging.

import { readFile } from 'node:fs/promises';
import { now } from '../recording/clock.ts';
import type { RecordingData, Series } from '../recording/recording.ts';
import type { App } from '../stack/app/app.ts';
import { isObservable, type Reading } from '../stack/observable.ts';
import type { Service } from '../stack/service.ts';
import { parseProbe, probeSeries } from './probe-series.ts';
import { type ProcessUsage, readMachineUsage, readUsageTable } from './process-usage.ts';
import { SeriesBuilder } from './series-builder.ts';
import { ServiceWatch } from './service-watch.ts';
import { TreeMeter } from './tree-meter.ts';

/** Interval (ms) between two looks. */
const lookEvery = 500;
/**
 * Maximum share of the time that looks may hold up the test's process. With very many processes looks are rarer.
 */
const mostOfTheTime = 0.04;
/**
 * Longest such interval (ms): on a machine that is merely busy, a look only seems long.
 */
const seldomest = 2_000;

/** What to observe. */
export interface Observed {
  /** The apps; several when an experiment has several processes. */
  readonly apps: readonly Pick<App, 'name' | 'pid' | 'probeFile'>[];
  readonly services: readonly Service[];
  /** Process id of the fault proxy, when it runs on this machine. */
  readonly proxy?: () => number | undefined;
  /**
   * Child processes that do not belong to the load: servers, proxy. Apps and services need not be named again.
   */
  readonly others?: () => readonly number[];
}

/** What was seen beside the load. */
export type Observation = Required<Pick<RecordingData, 'series' | 'statements' | 'notes'>>;

/**
 * Looks at machine, apps, generator and services about twice a second. It never throws and never holds the process
 * open; what cannot be read is NaN.
 *
 * Series by subject: `machine` (`cpu`, `stolen cpu`, `cores`); `generator`, which is this process with its load; each
 * app and each service and the fault proxy (`proxy`) that runs as a process here (`cpu`, `memory`, of the whole process
 * tree); a Node app with the probe (`event-loop delay p99` and `max`, `event-loop utilisation`, `garbage collection`,
 * `heap used`); and what each {@link Observable} service tells of itself.
 */
export class Observer {
  readonly #observed: Observed;
  readonly #machine = new SeriesBuilder('machine');
  readonly #trees: readonly {
    readonly series: SeriesBuilder;
    readonly look: (table: ProcessUsage[]) => Reading | undefined;
  }[];
  readonly #watches: readonly ServiceWatch[];
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void>;
  #stopped: number | undefined;
  #trouble: string | undefined;

  /** Begins to look; resolves when the services' own counts were read once. */
  static async begin(observed: Observed): Promise<Observer> {
    const observer = new Observer(observed);
    await Promise.all(observer.#watches.map((watch) => watch.whenBegun()));
    return observer;
  }

  private constructor(observed: Observed) {
    this.#observed = observed;
    const observables = observed.services.flatMap((service) => (isObservable(service) ? [service] : []));
    this.#watches = observables.map((service) => new ServiceWatch(service.name, service, now));
    this.#trees = [
      watchTree(
        'generator',
        () => process.pid,
        () => this.#besideGenerator(),
      ),
      ...observed.apps.map((app) => watchTree(app.name, () => app.pid)),
      ...(observed.proxy?.() === undefined ? [] : [watchTree('proxy', observed.proxy)]),
      ...observables.filter((service) => 'pid' in service).map((service) => watchTree(service.name, () => service.pid)),
    ];
    this.#looking = this.#look();
  }

  /** Ends with a last look. */
  stop(): void {
    if (this.#stopped !== undefined) return;
    clearTimeout(this.#timer);
    this.#stopped = now();
    this.#looking = this.#looking.then(() => this.#look());
  }

  /**
   * Stops, and returns what was seen.
   * @param zero of the recording, on the clock of `recording/clock.ts`; what was seen before is left out
   */
  async finish(zero: number): Promise<Observation> {
    this.stop();
    await this.#looking;
    await Promise.all(this.#watches.map((watch) => watch.end()));
    const statements = await Promise.all(this.#watches.map((watch) => watch.statements()));
    const probes = await Promise.all(this.#observed.apps.map((app) => this.#readProbe(app, zero)));
    const notes = this.#watches.flatMap(({ note }) => note ?? []);
    if (this.#trouble)
      notes.push(`CPU and memory of the processes could not be read (NaN in their series): ${this.#trouble}`);
    return {
      series: [
        ...this.#machine.series(zero),
        ...this.#trees.flatMap(({ series }) => series.series(zero)),
        ...probes.flat(),
        ...this.#watches.flatMap((watch) => watch.series(zero)),
      ],
      statements: statements.flat().sort((a, b) => b.total - a.total),
      notes,
    };
  }

  async #look(): Promise<void> {
    for (const watch of this.#watches) watch.ask();
    const began = now();
    this.#machine.add(began, readMachine());
    const table = await this.#table();
    const at = now();
    for (const { series, look } of this.#trees) series.add(at, table && look(table));
    const took = now() - began;
    if (this.#stopped !== undefined) return;
    const pause = Math.max(lookEvery - took, Math.min(took / mostOfTheTime, seldomest));
    this.#timer = setTimeout(() => {
      this.#looking = this.#look();
    }, pause);
    this.#timer.unref();
  }

  async #table(): Promise<ProcessUsage[] | undefined> {
    try {
      return await readUsageTable();
    } catch (error) {
      this.#trouble = String(error);
      return undefined;
    }
  }

  #besideGenerator(): readonly number[] {
    const { apps, services, others } = this.#observed;
    const servers = services.flatMap((service) => (isObservable(service) ? (service.pid ?? []) : []));
    return [...apps.map(({ pid }) => pid), ...servers, ...(others?.() ?? [])];
  }

  async #readProbe({ name, probeFile }: Observed['apps'][number], zero: number): Promise<Series[]> {
    if (probeFile === undefined) return [];
    try {
      return probeSeries(name, parseProbe(await readFile(probeFile, 'utf8')), zero, this.#stopped ?? now());
    } catch {
      // No Node process wrote to it.
      return [];
    }
  }
}

function watchTree(subject: string, root: () => number | undefined, without: () => readonly number[] = () => []) {
  const meter = new TreeMeter();
  return { series: new SeriesBuilder(subject), look: (table: ProcessUsage[]) => meter.read(root(), table, without()) };
}

function readMachine(): Reading {
  const { busy, stolen, cores } = readMachineUsage();
  return {
    facts: [
      { name: 'cpu', counted: busy, unit: '%' },
      { name: 'cores', unit: 'count', value: cores },
      ...(Number.isNaN(stolen) ? [] : [{ name: 'stolen cpu', counted: stolen, unit: '%' } as const]),
    ],
  };
}
