// BullMQ on Redis, or on its PostgreSQL backend; with `posts`, its outcome in PostgreSQL as well.
import { FAR_POSTS, Outcomes, POSTS, insertPosts, need, pgPool } from './lib.mjs';

const { Queue, Worker, createPostgresBackend } = need('bullmq');
const NAME = 'posts';

export function make({ dsn, redisPort, settings, variant }) {
  const onPg = variant === 'pg';
  const withPosts = variant === 'posts';
  const connection = onPg
    ? { connectionString: dsn, migrate: true, max: settings.pool ?? 10 }
    : { host: '127.0.0.1', port: redisPort, maxRetriesPerRequest: null };
  const more = onPg ? [createPostgresBackend] : [];
  const pool = withPosts ? pgPool(dsn, settings.lanes + 1) : undefined;
  const workers = [];
  let queue;
  const open = () => (queue ??= new Queue(NAME, { connection }, ...more));

  // Completed jobs are the record of the outcome, unless the posts table is.
  const options = (post, now) => ({
    jobId: post.key, delay: Math.max(0, Date.parse(post.due) - now), removeOnComplete: withPosts, attempts: settings.attempts ?? 1,
  });
  const data = (post) => ({ key: post.key, text: post.text, due: post.due });

  return {
    async setup() {
      await open().waitUntilReady();
      if (pool) await pool.query(POSTS);
    },
    async fill(posts) {
      for (let i = 0; i < posts.length; i += 1000) {
        const some = posts.slice(i, i + 1000);
        const now = Date.now();
        if (pool) await insertPosts(pool, some);
        await open().addBulk(some.map((p) => ({ name: 'publish', data: data(p), opts: options(p, now) })));
      }
    },
    async far(count, makePosts) {
      if (pool) await pool.query(FAR_POSTS, [count]);
      const flights = [];
      for (let done = 0; done < count; done += 2000) {
        const now = Date.now();
        const some = makePosts(Math.min(2000, count - done));
        flights.push(open().addBulk(some.map((p) => ({ name: 'publish', data: data(p), opts: options(p, now) }))));
        if (flights.length >= 4) await flights.shift();
      }
      await Promise.all(flights);
    },
    async add(post) {
      if (pool) await insertPosts(pool, [post]);
      await open().add('publish', data(post), options(post, Date.now()));
    },
    async work(send) {
      const outcomes = pool && new Outcomes(pool, settings.lanes);
      const publish = async (job) => {
        const id = await send(job.data);
        if (outcomes) await outcomes.record(job.data.key, id);
        return id;
      };
      for (let i = 0; i < settings.workers; ++i) {
        const worker = new Worker(NAME, publish, {
          connection, concurrency: settings.concurrency, drainDelay: settings.drain_delay ?? 5,
          lockDuration: settings.lock_ms ?? 30_000, stalledInterval: settings.stalled_ms ?? 30_000, maxStalledCount: 10,
        }, ...more);
        worker.on('error', (error) => console.error(`bullmq: ${error.message}`));
        worker.on('failed', (_job, error) => console.error(`bullmq failed: ${error.message}`));
        workers.push(worker);
      }
      await Promise.all(workers.map((w) => w.waitUntilReady()));
    },
    async pending(far) {
      const c = await open().getJobCounts('active', 'delayed', 'prioritized', 'waiting', 'failed');
      return c.active + c.delayed + c.prioritized + c.waiting + c.failed - far;
    },
    async close() {
      await Promise.all(workers.map((w) => w.close(true)));
      await queue?.close();
      await pool?.end();
    },
  };
}
