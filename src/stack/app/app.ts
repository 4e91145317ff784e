import type { AppHost } from './app-process.ts';
import type { AppDefinition } from './command.ts';
import { StandingApp } from './standing-app.ts';

export type { AppEnd, AppHost, AppState } from './app-process.ts';
export { type AppDefinition, type CommandOptions, command } from './command.ts';
export type { Ready } from './ready.ts';
export type { App } from './running-app.ts';
export type { StandingApp } from './standing-app.ts';

/**
 * Starts an app; resolves when it is ready.
 * @param host the stack
 * @param name the user's name for the app, where there are several; its output goes to `<name>.log` in the stack's folder
 * @throws Error when it cannot be started, dies, or is not ready in time, with its last lines; nothing of it is left then
 */
export function launch(definition: AppDefinition, host: AppHost, name = 'app'): Promise<StandingApp> {
  return StandingApp.launch(definition, host, name);
}
