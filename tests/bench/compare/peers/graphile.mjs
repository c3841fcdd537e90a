// Graphile Worker, with its local queue and batched completion; with `posts`, the outcome in a posts table as well, since a
// completed job leaves nothing behind.
import { FAR_POSTS, Outcomes, POSTS, insertPosts, need, pgPool } from './lib.mjs';

const { Logger, makeWorkerUtils, run } = need('graphile-worker');
const logger = new Logger(() => (level, message) => {
  if (level === 'error') console.error(`graphile: ${message}`);
});

export function make({ dsn, settings, variant }) {
  const withPosts = variant === 'posts';
  const pool = pgPool(dsn, settings.lanes + 2);
  let utils;
  let runner;
  const open = async () => (utils ??= await makeWorkerUtils({ pgPool: pool, logger }));
  const spec = (post) => ({
    identifier: 'publish', payload: { key: post.key, text: post.text, due: post.due }, jobKey: post.key, runAt: new Date(post.due), maxAttempts: 5,
  });

  return {
    async setup() {
      await (await open()).migrate();
      if (withPosts) await pool.query(POSTS);
    },
    async fill(posts) {
      const u = await open();
      for (let i = 0; i < posts.length; i += 2000) {
        const some = posts.slice(i, i + 2000);
        if (withPosts) await insertPosts(pool, some);
        await u.addJobs(some.map(spec));
      }
    },
    async far(count) {
      if (withPosts) await pool.query(FAR_POSTS, [count]);
      const u = await open();
      // One through the front door, so that the task is known; the rest as its own SQL would.
      await u.addJob('publish', {}, { runAt: new Date(Date.now() + 30 * 86_400_000), jobKey: 'far' });
      await pool.query(
        `INSERT INTO graphile_worker._private_jobs (task_id, payload, run_at, max_attempts, key)
         SELECT t.id, json_build_object('key', gen_random_uuid(), 'text', 'A post that is far away ' || i, 'due', now() + interval '30 days'),
                now() + interval '30 days' + i * interval '1 ms', 5, gen_random_uuid()::text
         FROM graphile_worker._private_tasks t, generate_series(2, $1::int) i WHERE t.identifier = 'publish'`, [count]);
    },
    async add(post) {
      if (withPosts) await insertPosts(pool, [post]);
      const { identifier, payload, ...more } = spec(post);
      await (await open()).addJob(identifier, payload, more);
    },
    async work(send) {
      const outcomes = withPosts && new Outcomes(pool, settings.lanes);
      const publish = async (payload) => {
        const id = await send(payload);
        if (outcomes) await outcomes.record(payload.key, id);
      };
      runner = await run({
        taskList: { publish }, noHandleSignals: true, logger,
        preset: {
          worker: {
            connectionString: dsn, concurrentJobs: settings.concurrency, maxPoolSize: settings.pool, pollInterval: settings.poll_ms,
            completeJobBatchDelay: settings.complete_delay_ms, failJobBatchDelay: settings.complete_delay_ms,
            ...(settings.local_queue > 1 ? { localQueue: { size: settings.local_queue } } : {}),
          },
        },
      });
      runner.promise.catch((error) => console.error(`graphile: ${error.message}`));
    },
    async pending(far) {
      const { rows } = await pool.query('SELECT count(*)::int AS n FROM graphile_worker._private_jobs' + (far ? " WHERE run_at < now() + interval '1 day'" : ''));
      return rows[0].n;
    },
    async close() {
      await runner?.stop();
      await pool.end();
    },
  };
}
