// pg-boss: full batches are fetched without a pause, each job is settled with its own output.
import { FAR_POSTS, Outcomes, POSTS, insertPosts, need, pgPool } from './lib.mjs';

const { PgBoss } = need('pg-boss');
const NAME = 'posts';

export function make({ dsn, settings, variant, role }) {
  const withPosts = variant === 'posts';
  const pool = pgPool(dsn, settings.lanes + 1);
  let boss;
  const open = async () => {
    if (boss) return boss;
    boss = new PgBoss({
      connectionString: dsn, max: settings.pool, schedule: false, supervise: role === 'work',
      ...(settings.supervise_s ? { superviseIntervalSeconds: settings.supervise_s, monitorIntervalSeconds: settings.supervise_s } : {}),
      ...(settings.notify ? { useListenNotify: true } : {}),
    });
    boss.on('error', (error) => console.error(`pg-boss: ${error.message}`));
    await boss.start();
    return boss;
  };
  const job = (post) => ({ id: post.key, data: { key: post.key, text: post.text, due: post.due }, startAfter: new Date(post.due) });

  return {
    async setup() {
      await (await open()).createQueue(NAME, {
        retryLimit: 10, ...(settings.heartbeat_s ? { heartbeatSeconds: settings.heartbeat_s } : {}),
        ...(settings.expire_s ? { expireInSeconds: settings.expire_s } : {}), ...(settings.partition ? { partition: true } : {}),
      });
      if (withPosts) await pool.query(POSTS);
    },
    async fill(posts) {
      const b = await open();
      for (let i = 0; i < posts.length; i += 2000) {
        const some = posts.slice(i, i + 2000);
        if (withPosts) await insertPosts(pool, some);
        await b.insert(NAME, some.map(job));
      }
    },
    async far(count, makePosts) {
      if (withPosts) await pool.query(FAR_POSTS, [count]);
      const b = await open();
      const flights = [];
      for (let done = 0; done < count; done += 10_000) {
        flights.push(b.insert(NAME, makePosts(Math.min(10_000, count - done)).map(job)));
        if (flights.length >= 2) await flights.shift();
      }
      await Promise.all(flights);
    },
    async add(post) {
      if (withPosts) await insertPosts(pool, [post]);
      const { id, data, startAfter } = job(post);
      await (await open()).send(NAME, data, { id, startAfter });
    },
    async work(send) {
      const b = await open();
      const outcomes = withPosts && new Outcomes(pool, settings.lanes);
      const one = async ({ id, data }) => {
        try {
          const output = await send(data);
          if (outcomes) await outcomes.record(data.key, output);
          return { id, status: 'completed', output: { remote: output } };
        } catch (error) {
          console.error(`pg-boss failed: ${error.message}`);
          return { id, status: 'failed', output: { error: error.message } };
        }
      };
      await b.work(NAME, {
        batchSize: settings.batch, localConcurrency: settings.concurrency, pollingIntervalSeconds: 0.5, burstWhenBatchFull: true, perJobResults: true,
      }, (jobs) => Promise.all(jobs.map(one)));
    },
    async pending(far) {
      const { rows } = await pool.query("SELECT count(*)::int AS n FROM pgboss.job WHERE name = $1 AND state < 'completed'" +
        (far ? " AND start_after < now() + interval '1 day'" : ''), [NAME]);
      return rows[0].n;
    },
    async close() {
      await boss?.stop({ graceful: false });
      await pool.end();
    },
  };
}
