import { type LastingFault, lasting, type PostgresService } from 'breaking-point';

/**
 * The primary changes. The app's connections are ended and new ones lead to a server that refuses to write (25006); after the healing
 * new ones lead to a primary again, and those that were made meanwhile stay where they are.
 */
export function failOver(postgres: PostgresService): LastingFault {
  const setting = 'default_transaction_read_only';
  const database = new URL(postgres.directUrl).pathname.slice(1);
  return lasting({
    name: `failOver(${postgres.name})`,
    kind: 'failOver',
    subject: postgres,
    holds: ['sessions'],
    patience: 300,
    async look() {
      const [row] = await postgres.query<{ on: boolean }>(
        `select '${setting}=on' = any(setconfig) as on from pg_db_role_setting join pg_database d on d.oid = setdatabase
          where datname = current_database()`,
      );
      const seen = row?.on === true;
      return { seen, detail: seen ? 'new sessions could only read' : 'new sessions could write' };
    },
    async inject() {
      const heal = async () => void (await postgres.query(`alter database ${database} reset ${setting}`));
      await postgres.query(`alter database ${database} set ${setting} = on`);
      try {
        await postgres.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and application_name = 'ordering'`,
        );
      } catch (error) {
        await heal();
        throw error;
      }
      return { [Symbol.asyncDispose]: heal };
    },
  });
}
