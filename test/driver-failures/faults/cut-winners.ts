import { type LastingFault, lasting, type PostgresService } from 'breaking-point';

/** The connection that writes an acceptance is ended by the server in the middle of it, every second time. */
export function cutWinners(postgres: PostgresService): LastingFault {
  return lasting({
    name: `cutWinners(${postgres.name})`,
    kind: 'cutWinners',
    subject: postgres,
    holds: ['acceptances'],
    patience: 100,
    async look() {
      const rows = await postgres.query("select from pg_trigger where tgname = 'cut_winners'");
      const [count] = await postgres.query<{ writes: string }>(
        'select case when is_called then last_value else 0 end as writes from cut_winners',
      );
      const seen = rows.length === 1;
      return { seen, detail: `${seen ? '' : 'no longer '}watched, ${count?.writes ?? 'no'} acceptances were written` };
    },
    async inject() {
      // A sequence counts on when a transaction is rolled back.
      await postgres.query(`
        create sequence cut_winners;
        create function cut_winners() returns trigger language plpgsql as $$
          begin
            if nextval('cut_winners') % 2 = 1 then perform pg_terminate_backend(pg_backend_pid()); end if;
            return new;
          end $$;
        create trigger cut_winners before insert on vendor_routing_responses
          for each row when (new.response = 'ACCEPTED') execute function cut_winners()`);
      return {
        async [Symbol.asyncDispose]() {
          await postgres.query('drop trigger cut_winners on vendor_routing_responses');
        },
      };
    },
  });
}
