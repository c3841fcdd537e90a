// The best we could write by hand on PostgreSQL. Two ways to claim, between which the sweep decides:
//   mark  a claim is committed before anything is sent (an intent); the posts are held here until they are due; outcomes go
//         by group commit beside it; after a crash the worker takes back what carries its name.
//   lock  a transaction holds the rows while they are sent and commits only the outcomes; a crash gives them back at once.
import { FAR_POSTS, Outcomes, POSTS, at, insertPosts, pgPool } from './lib.mjs';

const MARK = `UPDATE posts SET state = 'sending', worker = $1, lease_until = now() + interval '30 s'
WHERE id IN (SELECT id FROM posts WHERE state = 'scheduled' AND due_at <= now() + $3 * interval '1 ms' ORDER BY due_at LIMIT $2
             FOR UPDATE SKIP LOCKED)
RETURNING id AS key, text, due_at`;
const LOCK = `SELECT id AS key, text, due_at FROM posts WHERE state = 'scheduled' AND due_at <= now() ORDER BY due_at LIMIT $1
FOR UPDATE SKIP LOCKED`;
const LOCKED_OUTCOMES = `UPDATE posts p SET state = 'published', remote_id = d.remote, published_at = clock_timestamp()
FROM unnest($1::uuid[], $2::text[]) AS d (id, remote) WHERE p.id = d.id`;
const TAKE_BACK = "UPDATE posts SET state = 'scheduled' WHERE state = 'sending' AND (worker = $1 OR lease_until < now())";

export function make({ dsn, settings, number }) {
  const pool = pgPool(dsn, settings.lanes + settings.loops + 1);
  const name = `worker-${number}`;
  let stopped = false;
  let underWay = 0;
  let wake = () => {};
  const shown = ({ key, text, due_at }) => ({ key, text, due: due_at.toISOString() });

  async function marking(send) {
    const outcomes = new Outcomes(pool, settings.lanes);
    const publish = async (post) => {
      try {
        await outcomes.record(post.key, await send(post));
      } catch (error) {
        console.error(`handmade: ${error.message}`);
      } finally {
        underWay -= 1;
        wake();
      }
    };
    while (!stopped) {
      const room = settings.in_flight - underWay;
      if (room < settings.in_flight / 2) {
        await new Promise((resolve) => (wake = resolve));
        continue;
      }
      const { rows } = await pool.query({ name: 'mark', text: MARK, values: [name, Math.min(room, settings.batch), settings.ahead_ms] });
      underWay += rows.length;
      for (const row of rows) {
        const post = shown(row);
        if (row.due_at.getTime() <= Date.now()) publish(post);
        else at(row.due_at.getTime(), () => publish(post));
      }
      if (rows.length < settings.batch) await pause();
    }
  }

  // A poll, since nobody tells when something becomes due.
  const pause = () => new Promise((resolve) => at(Date.now() + settings.poll_ms, resolve));

  async function locking(send) {
    const client = await pool.connect();
    while (!stopped) {
      try {
        await client.query('BEGIN');
        const { rows } = await client.query({ name: 'lock', text: LOCK, values: [settings.batch] });
        if (rows.length > 0) {
          const ids = await Promise.all(rows.map((row) => send(shown(row))));
          await client.query({ name: 'locked', text: LOCKED_OUTCOMES, values: [rows.map((r) => r.key), ids] });
        }
        await client.query('COMMIT');
        if (rows.length < settings.batch) await pause();
      } catch (error) {
        console.error(`handmade: ${error.message}`);
        await client.query('ROLLBACK').catch(() => {});
      }
    }
    client.release();
  }

  return {
    async setup() {
      await pool.query(POSTS);
    },
    async fill(posts) {
      for (let i = 0; i < posts.length; i += 5000) await insertPosts(pool, posts.slice(i, i + 5000));
    },
    async far(count) {
      await pool.query(FAR_POSTS, [count]);
    },
    async add(post) {
      await insertPosts(pool, [post]);
    },
    async work(send) {
      await pool.query(TAKE_BACK, [name]);
      if (settings.claim === 'mark') marking(send).catch(fatal);
      else for (let i = 0; i < settings.loops; ++i) locking(send).catch(fatal);
    },
    async pending(far) {
      const { rows } = await pool.query("SELECT count(*)::int AS n FROM posts WHERE state <> 'published'" + (far ? " AND due_at < now() + interval '1 day'" : ''));
      return rows[0].n;
    },
    async close() {
      stopped = true;
      await pool.end();
    },
  };
}

function fatal(error) {
  console.error(`handmade: ${error.stack}`);
  process.exit(1);
}
