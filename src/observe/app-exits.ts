import type { AppExit } from '../recording/recording.ts';
import type { App, AppEnd } from '../stack/app/app.ts';

/** Records each exit of an app, and when it was ready again. */
export class AppExits {
  readonly #ends: { readonly end: AppEnd; readyAt?: number }[] = [];
  readonly #forget: readonly (() => void)[];

  constructor(app: Pick<App, 'onExit' | 'onReady'>) {
    this.#forget = [
      app.onExit((end) => void this.#ends.push({ end })),
      app.onReady((at) => {
        const last = this.#ends.at(-1);
        if (last) last.readyAt = at;
      }),
    ];
  }

  /** Stops recording. */
  stop(): void {
    for (const forget of this.#forget) forget();
  }

  /** The exits so far. @param zero zero of the recording, on the clock of `recording/clock.ts` */
  since(zero: number): AppExit[] {
    return this.#ends.map(({ end: { asked, ...end }, readyAt }) => ({
      ...end,
      at: end.at - zero,
      ...(asked && { asked }),
      ...(readyAt !== undefined && { readyAt: readyAt - zero }),
    }));
  }
}
