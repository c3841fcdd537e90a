// Fastify + pg: fastify.mjs JSON. Makes its tables, prints one line with what clients need, and serves until it is ended.
// The same routes, bodies, checks and refusals as Troupe's: a signed token with a cache of verified ones, membership of the
// workspace, schemas in both directions, a key that makes a repeated POST safe, rows of the effect in one statement.
import cluster from 'node:cluster';
import { generateKeyPairSync, randomBytes } from 'node:crypto';

import { serve } from './fastify_routes.mjs';
import { need, pgPool } from './lib.mjs';

const { createSigner } = need('fast-jwt');
const config = JSON.parse(process.argv[2]);

const TABLES = `
CREATE TABLE member (workspace_id uuid, user_id uuid, role text NOT NULL, PRIMARY KEY (workspace_id, user_id));
CREATE TABLE account (id uuid PRIMARY KEY, workspace_id uuid NOT NULL, platform text NOT NULL, handle text NOT NULL);
CREATE TABLE post (
  id uuid PRIMARY KEY, workspace_id uuid NOT NULL, author_id uuid NOT NULL, text text NOT NULL, title text, language text,
  media jsonb NOT NULL DEFAULT '[]', scheduled_at timestamptz, state text NOT NULL, version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX post_by_workspace ON post (workspace_id, created_at, id);
CREATE TABLE delivery (
  id uuid PRIMARY KEY, post_id uuid NOT NULL, workspace_id uuid NOT NULL, account_id uuid NOT NULL, platform text NOT NULL, due_at timestamptz,
  state text NOT NULL, attempt int NOT NULL DEFAULT 0, remote_id text, permalink text, published_at timestamptz, error_detail text
);
CREATE INDEX delivery_by_post ON delivery (post_id);
CREATE TABLE idempotency (user_id uuid, key text, body_hash bytea NOT NULL, post_id uuid NOT NULL, at timestamptz NOT NULL DEFAULT now(),
                          PRIMARY KEY (user_id, key));`;

// A hundred workspaces with 25 posts each, all of which the one user may see.
const ROWS = `
INSERT INTO member SELECT gen_random_uuid(), $1, 'owner' FROM generate_series(1, 100);
`;
const MORE_ROWS = `
INSERT INTO account SELECT gen_random_uuid(), workspace_id, 'sandbox', 'seed-' || row_number() OVER () FROM member;
INSERT INTO post (id, workspace_id, author_id, text, scheduled_at, state, created_at)
SELECT gen_random_uuid(), m.workspace_id, m.user_id, 'A post of the seed ' || i, now() + interval '1 day', 'scheduled', now() + i * interval '1 ms'
FROM member m, generate_series(1, 25) i;
INSERT INTO delivery (id, post_id, workspace_id, account_id, platform, due_at, state)
SELECT gen_random_uuid(), p.id, p.workspace_id, a.id, 'sandbox', p.scheduled_at, 'scheduled' FROM post p JOIN account a USING (workspace_id);`;

async function prepare() {
  const pool = pgPool(config.dsn, 1);
  const { publicKey, privateKey } = generateKeyPairSync('ed25519', {
    publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  await pool.query(TABLES);
  const user = (await pool.query('SELECT gen_random_uuid() AS id')).rows[0].id;
  await pool.query(ROWS, [user]);
  await pool.query(MORE_ROWS);
  const pairs = async (sql) => (await pool.query({ text: sql, rowMode: 'array' })).rows;
  const posts = await pairs('SELECT workspace_id, id FROM post');
  const accounts = await pairs('SELECT workspace_id, id FROM account');
  await pool.end();
  const token = createSigner({ key: privateKey, algorithm: 'EdDSA', expiresIn: 3_600_000, kid: 'compare' })({
    sub: user, iss: 'compare', aud: 'api', jti: randomBytes(16).toString('hex'),
  });
  return { publicKey, token, posts, accounts };
}

const said = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

if (cluster.isWorker) {
  await serve({ ...config, publicKey: process.env.COMPARE_PUBLIC_KEY });
} else {
  try {
    const { publicKey, ...known } = await prepare();
    const pids = [process.pid];
    if (config.processes === 1) {
      await serve({ ...config, publicKey });
    } else {
      cluster.schedulingPolicy = cluster.SCHED_NONE;
      const workers = Array.from({ length: config.processes }, () => cluster.fork({ COMPARE_PUBLIC_KEY: publicKey }));
      await Promise.all(workers.map((w) => new Promise((resolve, reject) => {
        w.once('listening', resolve);
        w.once('exit', () => reject(new Error('a process ended before it listened')));
      })));
      // The others are its children and counted with it.
    }
    said({ ok: true, pids, ...known });
  } catch (error) {
    said({ ok: false, error: error.stack });
    process.exit(1);
  }
}
