// The app under test as a child process: how it is started, watched, ended and started again.
// Begin here (the interface), then standing-app.ts. Imports no service and no runtime.

import type { AppExit } from '../../recording/recording.ts';
import type { Owe } from '../debt.ts';

/** Paths at which an app reports its health; an undefined path is not polled. */
export interface HealthPaths {
  readonly live: string | undefined;
  readonly ready: string | undefined;
}

/** An app, with one name and one address through all its starts. */
export interface App {
  readonly name: string;
  /** Origin: `http://127.0.0.1:41234`, or https. */
  readonly url: string;
  readonly port: number;
  /** Process id of its last start. */
  readonly pid: number;
  /** Where the probe in a Node app writes its samples; see `node-probe.ts`. Undefined without one. */
  readonly probeFile?: string | undefined;
  /** Paths at which it reports its health. */
  readonly health?: HealthPaths | undefined;
  /** The present state of its processes. */
  readonly state: AppState;
  /** A request to the app. @param path from `/` */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /**
   * Calls back whenever the app's process ends, and when a start in the middle of a test is not ready in time. Calls
   * back at once when the app has ended already.
   * @returns removes the listener
   */
  onExit(listener: (end: AppEnd) => void): () => void;
  /**
   * Calls back whenever it is ready again after a new start, with the instant on the clock of `recording/clock.ts`.
   * @returns removes the listener
   */
  onReady(listener: (at: number) => void): () => void;
  /** The last 40 lines that its last start printed. */
  output(): string;
  /** SIGTERM; after 5 s SIGKILL. Resolves when the app and all that it started are gone. May be called twice. */
  stop(): Promise<void>;
  /** SIGKILL to the app and all that it started; resolves when all are gone. */
  kill(): Promise<void>;
  /**
   * Starts the app again, at its address; resolves when it is ready, or when it is clear that it does not get ready:
   * it ended, or took longer than `readyTimeout`. Both count as an exit.
   * @returns whether it is ready
   * @throws Error when it runs, its port was taken meanwhile, or it was ended for good
   */
  start(): Promise<boolean>;
  /**
   * SIGSTOP to the app and all that it started: it keeps its connections and answers nothing. An app that has ended is
   * fine.
   */
  pause(): Promise<void>;
  /** Continues it after `pause`. */
  resume(): Promise<void>;
}

/** What an app needs of the stack around it; a stack is one. */
export interface AppHost {
  /** Where the app's output goes, as `<name>.log`. */
  readonly folder: string;
  /** The stack's marker, by which the reaper knows the app's processes. */
  readonly marker: string;
  track(pid: number): void;
  /** Notes that the app is to end with the tests, even where the stack stays up. */
  readonly owe?: Owe;
}

/** An app ended, or was started and did not get ready. `at` is on the clock of `recording/clock.ts`. */
export interface AppEnd extends AppExit {
  /** Whether it was stopped or killed by us: by a fault, or at the end of the test. */
  readonly asked: boolean;
}

/**
 * How the processes of an app are: `paused` when all of them are stopped (SIGSTOP), `gone` when the main one has ended,
 * `away` when it has ended and is started again in a moment (`restart: 'always'`).
 */
export type AppState = 'runs' | 'paused' | 'gone' | 'away';
