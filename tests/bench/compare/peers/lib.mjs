// What every peer needs: the packages, the one way to send, the posts table and its batched outcomes.
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The packages lie where `run` has installed them, outside of the source tree. */
export const need = createRequire(join(process.env.COMPARE_MODULES, 'package.json'));

/** Wall clock in microseconds, the one that the sink reads too. */
export const nowUs = () => Math.round((performance.timeOrigin + performance.now()) * 1000);

/** Calls `then` when the wall clock has reached a moment; a timer alone may come a millisecond early. */
export function at(ms, then) {
  setTimeout(() => (Date.now() >= ms ? then() : at(ms, then)), Math.max(0, ms - Date.now()));
}

/** One answer of the sink, read with as little as undici allows. */
class Answer {
  constructor(resolve, reject) {
    this.resolve = resolve;
    this.reject = reject;
    this.text = '';
  }
  onRequestStart() {}
  onResponseStart(_controller, status) {
    this.status = status;
  }
  onResponseData(_controller, chunk) {
    this.text += chunk.latin1Slice(0, chunk.length);
  }
  onResponseEnd() {
    if (this.status === 200 || this.status === 201) this.resolve(JSON.parse(this.text).id);
    else this.reject(new Error(`the sink answered ${this.status}: ${this.text.slice(0, 200)}`));
  }
  onResponseError(_controller, error) {
    this.reject(error);
  }
}

/**
 * Makes `send(post)`: one POST over kept connections, answered with the network's id. With `pipelining` above 1 undici
 * writes the next request of a connection before the last one is answered, which it does only for what is said to be
 * idempotent: the key makes it so.
 */
export function sender(sink, { connections, pipelining }) {
  const { Pool } = need('undici');
  const pool = new Pool(sink.origin, { connections, pipelining, keepAliveTimeout: 600_000, headersTimeout: 30_000, bodyTimeout: 30_000 });
  const path = `${sink.path}/v1/posts`;
  const fixed = ['authorization', 'Bearer sandbox-peer', 'content-type', 'application/json', 'idempotency-key'];
  const send = ({ key, text, due }) =>
    new Promise((resolve, reject) => {
      pool.dispatch(
        { method: 'POST', path, headers: [...fixed, key], body: JSON.stringify({ text, scheduled_for: due }), idempotent: true, blocking: false },
        new Answer(resolve, reject),
      );
    });
  return { send, close: () => pool.close() };
}

export function pgPool(dsn, max) {
  const { Pool } = need('pg');
  const pool = new Pool({ connectionString: dsn, max });
  pool.on('error', (error) => console.error(`pg: ${error.message}`));
  return pool;
}

/** The table that a product has whatever its queue is: what was written, when it is due, what became of it. */
export const POSTS = `
CREATE TABLE posts (
  id           uuid PRIMARY KEY,
  account_id   uuid NOT NULL,
  text         text NOT NULL,
  due_at       timestamptz NOT NULL,
  state        text NOT NULL DEFAULT 'scheduled',
  worker       text,
  lease_until  timestamptz,
  remote_id    text,
  published_at timestamptz
) WITH (fillfactor = 70);
CREATE INDEX posts_due ON posts (due_at) WHERE state = 'scheduled';`;

const INSERT = `INSERT INTO posts (id, account_id, text, due_at)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[])`;

export function insertPosts(pool, posts) {
  return pool.query({
    name: 'insert_posts', text: INSERT,
    values: [posts.map((p) => p.key), posts.map((p) => p.account), posts.map((p) => p.text), posts.map((p) => p.due)],
  });
}

/** Far posts are made by the server itself: they only have to be there. */
export const FAR_POSTS = `INSERT INTO posts (id, account_id, text, due_at)
SELECT gen_random_uuid(), gen_random_uuid(), 'A post that is far away ' || i, now() + interval '30 days' + i * interval '1 ms'
FROM generate_series(1, $1::int) i`;

const UPDATE = `UPDATE posts p SET state = 'published', remote_id = d.remote, published_at = clock_timestamp()
FROM unnest($1::uuid[], $2::text[]) AS d (id, remote) WHERE p.id = d.id`;

/** Outcomes by group commit: what has come in while the last statement was under way goes with the next. */
export class Outcomes {
  constructor(pool, lanes) {
    this.pool = pool;
    this.free = lanes;
    this.waiting = [];
  }
  record(key, remote) {
    return new Promise((resolve, reject) => {
      this.waiting.push({ key, remote, resolve, reject });
      if (this.free > 0) this.flushSoon();
    });
  }
  flushSoon() {
    if (this.soon) return;
    this.soon = true;
    setImmediate(() => {
      this.soon = false;
      if (this.free > 0 && this.waiting.length > 0) this.flush();
    });
  }
  async flush() {
    const batch = this.waiting.splice(0, 2000);
    this.free -= 1;
    try {
      await this.pool.query({ name: 'outcomes', text: UPDATE, values: [batch.map((o) => o.key), batch.map((o) => o.remote)] });
      for (const o of batch) o.resolve();
    } catch (error) {
      for (const o of batch) o.reject(error);
    } finally {
      this.free += 1;
      if (this.waiting.length > 0) this.flushSoon();
    }
  }
}
