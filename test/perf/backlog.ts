import type { App, PostgresService } from 'breaking-point';

/**
 * Messages that were accepted and are no orders yet, wherever they wait. The app's own count of what it accepted is compared with the
 * orders that there are, so that a queue in a Redis which nobody can read counts as well. For an app that is not started anew meanwhile.
 */
export const backlog =
  (app: App, postgres: PostgresService) =>
  async ({ signal }: { readonly signal: AbortSignal }): Promise<number> => {
    const accepted = await acceptedMessages(app, signal);
    const [row] = await postgres.query<{ count: string }>('select count(*) from orders where message_sid is not null');
    // An order more: applied since the app was asked, or of a message that was refused and yet kept.
    return Math.max(0, accepted - Number(row?.count));
  };

async function acceptedMessages(app: App, signal: AbortSignal): Promise<number> {
  const answer = await app.fetch('/metrics', { signal });
  const counts = (await answer.text()).matchAll(/^ordering_messages_accepted_total\{[^}]*\} (\S+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}
