// The routes: read one post, list a workspace's posts, create a draft.
import { createHash, randomBytes } from 'node:crypto';

import { need, pgPool } from './lib.mjs';

const fastify = need('fastify');
const { createVerifier } = need('fast-jwt');

const UUID = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$';
const id = { type: 'string', pattern: UUID };
const maybe = { type: 'string', nullable: true };

const post = {
  type: 'object',
  properties: {
    id: { type: 'string' }, workspace_id: { type: 'string' }, state: { type: 'string' }, text: { type: 'string' }, title: maybe, language: maybe,
    media: { type: 'array', items: { type: 'object', properties: { media_id: { type: 'string' }, alt: { type: 'string' } } } },
    deliveries: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          id: { type: 'string' }, account_id: { type: 'string' }, platform: { type: 'string' }, state: { type: 'string' }, due_at: maybe,
          attempt: { type: 'integer' }, remote_id: maybe, permalink: maybe, published_at: maybe, error: maybe,
        },
      },
    },
    scheduled_at: maybe, schedule_local: maybe, author_id: { type: 'string' }, created_at: { type: 'string' }, updated_at: { type: 'string' },
    version: { type: 'integer' },
  },
};

const COLUMNS = `p.id, p.workspace_id, p.state, p.text, p.title, p.language, p.media, p.scheduled_at, p.author_id, p.created_at, p.updated_at,
  p.version, d.id AS d_id, d.account_id AS d_account, d.platform AS d_platform, d.state AS d_state, d.due_at AS d_due, d.attempt AS d_attempt,
  d.remote_id AS d_remote, d.permalink AS d_permalink, d.published_at AS d_published, d.error_detail AS d_error`;
const IS_MEMBER = 'EXISTS (SELECT 1 FROM member m WHERE m.workspace_id = $1 AND m.user_id = $2)';

const READ = `SELECT ${COLUMNS} FROM post p LEFT JOIN delivery d ON d.post_id = p.id WHERE p.id = $3 AND p.workspace_id = $1 AND ${IS_MEMBER}`;
const LIST = `SELECT ${COLUMNS} FROM (SELECT * FROM post WHERE workspace_id = $1 AND ${IS_MEMBER} AND (created_at, id) < ($3, $4)
  ORDER BY created_at DESC, id DESC LIMIT $5) p LEFT JOIN delivery d ON d.post_id = p.id ORDER BY p.created_at DESC, p.id DESC`;
// Nothing is written unless the caller may write there, the account is of that workspace and the key is new.
const CREATE = `WITH allowed AS (SELECT a.platform FROM account a JOIN member m USING (workspace_id)
    WHERE a.id = $4 AND a.workspace_id = $1 AND m.user_id = $2 AND m.role IN ('owner', 'admin', 'editor')),
  fresh AS (INSERT INTO idempotency (user_id, key, body_hash, post_id) SELECT $2, $6, $7, $3 FROM allowed ON CONFLICT DO NOTHING RETURNING 1),
  p AS (INSERT INTO post (id, workspace_id, author_id, text, state) SELECT $3, $1, $2, $5, 'draft' FROM fresh RETURNING created_at),
  d AS (INSERT INTO delivery (id, post_id, workspace_id, account_id, platform, state)
    SELECT $8, $3, $1, $4, allowed.platform, 'draft' FROM fresh, allowed RETURNING 1)
SELECT (SELECT platform FROM allowed) AS platform, (SELECT created_at FROM p) AS created_at`;
const BY_KEY = 'SELECT body_hash, post_id FROM idempotency WHERE user_id = $1 AND key = $2';

const refusal = (status, type, title) => Object.assign(new Error(title), { statusCode: status, type });
const text = (moment) => (moment === null ? null : moment.toISOString());

/** One row per delivery, those of a post beside each other. */
function shown(rows) {
  const out = [];
  let last;
  for (const r of rows) {
    if (last?.id !== r.id) {
      last = {
        id: r.id, workspace_id: r.workspace_id, state: r.state, text: r.text, title: r.title, language: r.language, media: r.media, deliveries: [],
        scheduled_at: text(r.scheduled_at), schedule_local: null, author_id: r.author_id, created_at: text(r.created_at),
        updated_at: text(r.updated_at), version: r.version,
      };
      out.push(last);
    }
    if (r.d_id !== null) {
      last.deliveries.push({
        id: r.d_id, account_id: r.d_account, platform: r.d_platform, state: r.d_state, due_at: text(r.d_due), attempt: r.d_attempt,
        remote_id: r.d_remote, permalink: r.d_permalink, published_at: text(r.d_published), error: r.d_error,
      });
    }
  }
  return out;
}

/** Ids in the order of time, so that rows made one after the other lie beside each other. */
function orderedId() {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export async function serve({ dsn, port, settings, publicKey, processes }) {
  const pool = pgPool(dsn, Math.ceil(settings.pool / processes));
  const verify = createVerifier({ key: publicKey, algorithms: ['EdDSA'], allowedIss: 'compare', allowedAud: 'api', cache: 10_000 });
  const app = fastify({ bodyLimit: 1 << 20, ajv: { customOptions: { removeAdditional: false, coerceTypes: 'array' } } });

  app.setErrorHandler((error, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) console.error(error.stack);
    reply.code(status).type('application/problem+json').send({ type: error.type ?? 'about:blank', title: error.message, status });
  });
  app.decorateRequest('user', null);
  app.addHook('onRequest', async (request) => {
    const given = request.headers.authorization;
    try {
      request.user = verify(given.slice(7)).sub;
    } catch {
      throw refusal(401, 'unauthenticated', 'A valid token is needed');
    }
  });

  app.get('/v1/workspaces/:workspace/posts/:post', {
    schema: { params: { type: 'object', properties: { workspace: id, post: id } }, response: { 200: post } },
  }, async (request, reply) => {
    const { workspace, post: wanted } = request.params;
    const { rows } = await pool.query({ name: 'read', text: READ, values: [workspace, request.user, wanted] });
    if (rows.length === 0) throw refusal(404, 'not-found', 'There is no such post');
    reply.header('etag', `"${rows[0].version}"`);
    return shown(rows)[0];
  });

  app.get('/v1/workspaces/:workspace/posts', {
    schema: {
      params: { type: 'object', properties: { workspace: id } },
      querystring: {
        type: 'object', additionalProperties: false,
        properties: { limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 }, cursor: { type: 'string', maxLength: 512 } },
      },
      response: { 200: { type: 'object', properties: { items: { type: 'array', items: post }, next_cursor: maybe } } },
    },
  }, async (request) => {
    const { limit, cursor } = request.query;
    const [time, after] = cursor ? Buffer.from(cursor, 'base64url').toString().split(' ') : ['infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff'];
    const { rows } = await pool.query({ name: 'list', text: LIST, values: [request.params.workspace, request.user, time, after, limit + 1] });
    const items = shown(rows);
    const more = items.length > limit;
    if (more) items.length = limit;
    const end = items[items.length - 1];
    return { items, next_cursor: more ? Buffer.from(`${end.created_at} ${end.id}`).toString('base64url') : null };
  });

  app.post('/v1/workspaces/:workspace/posts', {
    schema: {
      params: { type: 'object', properties: { workspace: id } },
      headers: { type: 'object', required: ['idempotency-key'], properties: { 'idempotency-key': { type: 'string', minLength: 1, maxLength: 255 } } },
      body: {
        type: 'object', additionalProperties: false, required: ['text', 'targets'],
        properties: {
          text: { type: 'string', maxLength: 100_000 },
          targets: {
            type: 'array', minItems: 1, maxItems: 1,
            items: { type: 'object', additionalProperties: false, required: ['account_id'], properties: { account_id: id } },
          },
        },
      },
      response: { 201: post },
    },
  }, async (request, reply) => {
    const { workspace } = request.params;
    const { text: words, targets: [{ account_id: account }] } = request.body;
    const key = request.headers['idempotency-key'];
    const [wanted, delivery] = [orderedId(), orderedId()];
    const hash = createHash('sha256').update(workspace).update(account).update(words).digest();
    const made = (await pool.query({
      name: 'create', text: CREATE, values: [workspace, request.user, wanted, account, words, key, hash, delivery],
    })).rows[0];
    reply.code(201);
    if (made.created_at !== null) {
      reply.header('location', `/v1/workspaces/${workspace}/posts/${wanted}`).header('etag', '"1"');
      const at = text(made.created_at);
      return {
        id: wanted, workspace_id: workspace, state: 'draft', text: words, title: null, language: null, media: [],
        deliveries: [{
          id: delivery, account_id: account, platform: made.platform, state: 'draft', due_at: null, attempt: 0, remote_id: null, permalink: null,
          published_at: null, error: null,
        }],
        scheduled_at: null, schedule_local: null, author_id: request.user, created_at: at, updated_at: at, version: 1,
      };
    }
    if (made.platform === null) throw refusal(404, 'not-found', 'There is no such workspace or account');
    const before = (await pool.query({ name: 'by_key', text: BY_KEY, values: [request.user, key] })).rows[0];
    if (!before.body_hash.equals(hash)) throw refusal(422, 'key-reused', 'This key was used with another body');
    const { rows } = await pool.query({ name: 'read', text: READ, values: [workspace, request.user, before.post_id] });
    return shown(rows)[0];
  });

  await app.listen({ port, host: '127.0.0.1', backlog: 1024 });
}
