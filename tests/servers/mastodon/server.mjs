// A stand-in for a Mastodon server: no Mastodon is packaged, so the documented behaviour that the adapter relies on is
// kept here. Idempotency keys for an hour, limits in the instance's description, OAuth with PKCE, media that are
// worked on for a while, budgets with their headers. Everything below /_test/ is not Mastodon's: it looks inside.
import { createServer } from 'node:http';
import { parseBody, readBody } from './body.mjs';
import { Store, s256, token } from './store.mjs';

const store = new Store();
const limits = {
  max_characters: 500, max_media_attachments: 4, characters_reserved_per_url: 23,
  image_size_limit: 16_777_216, image_matrix_limit: 33_177_600, description_limit: 1500,
};
// Uploads from this size on are answered with 202 and are done after so many questions.
// `limited`: as in limited federation, strangers are told nothing about the instance.
const knobs = { slowFrom: 50_000, questionsUntilReady: 2, limited: false };
const MINUTE = 60_000;

const account = {
  id: '109000000000000001', username: 'ada', acct: 'ada', display_name: 'Ada', locked: false, bot: false, note: '',
  avatar: '', avatar_static: '', header: '', header_static: '', followers_count: 0, following_count: 0,
  statuses_count: 0, emojis: [], fields: [], created_at: '2024-01-01T00:00:00.000Z',
};
const personalToken = token();
store.tokens.set(personalToken, { scope: 'read write', app: 'personal' });

class Refusal extends Error {
  constructor(status, error, description) {
    super(error);
    this.status = status;
    this.body = description ? { error, error_description: description } : { error };
  }
}

function authorised(request, scope) {
  const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const grant = store.tokens.get(given);
  if (!grant) throw new Refusal(401, 'The access token is invalid');
  const scopes = grant.scope.split(' ');
  if (scope && !scopes.includes(scope) && !scopes.includes(scope.split(':')[0])) {
    throw new Refusal(403, 'This action is outside the authorized scopes');
  }
  return grant;
}

const escapeHtml = (s) => s.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  .replaceAll('"', '&quot;').replaceAll("'", '&#39;');
const toHtml = (text) => text.split(/\n{2,}/).map((block) =>
  `<p>${escapeHtml(block).replaceAll('\n', '<br />').replaceAll(/https?:\/\/[^\s<]+/g, (url) => {
    const [, scheme, rest] = /^(https?:\/\/)(.*)$/.exec(url);
    return `<a href="${url}" rel="nofollow noopener" target="_blank"><span class="invisible">${scheme}</span>` +
      `<span class="ellipsis">${rest.slice(0, 30)}</span><span class="invisible">${rest.slice(30)}</span></a>`;
  })}</p>`).join('');

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const countable = (text) => [...graphemes.segment(text
  .replaceAll(/https?:\/\/[^\s/]+\.[^\s]+/g, 'x'.repeat(limits.characters_reserved_per_url))
  .replaceAll(/(?<![=/\w])(@\w+)@[\w.-]+\w/g, '$1'))].length;

const shownMedia = (m, origin) => ({
  id: m.id, type: 'image', url: m.ready ? `${origin}/media/${m.id}` : null, preview_url: `${origin}/media/${m.id}`,
  remote_url: null, description: m.description, meta: {}, blurhash: null,
});
const shownStatus = (s, origin) => ({
  id: s.id, created_at: s.createdAt, in_reply_to_id: s.inReplyTo, in_reply_to_account_id: null, sensitive: s.sensitive,
  spoiler_text: s.spoiler, visibility: s.visibility, language: s.language, uri: `${origin}/users/ada/statuses/${s.id}`,
  url: `${origin}/@ada/${s.id}`, replies_count: 0, reblogs_count: 0, favourites_count: 0, content: toHtml(s.text),
  reblog: null, account, media_attachments: s.media.map((m) => shownMedia(m, origin)), mentions: [], tags: [],
  emojis: [], card: null, poll: null,
});

function createStatus({ request, fields, origin }) {
  authorised(request, 'write:statuses');
  const key = request.headers['idempotency-key'];
  const known = key && store.byKey(account.id, key);
  if (known) return { status: 200, body: shownStatus(known, origin) };
  const text = String(fields.status ?? '');
  const ids = fields.media_ids ?? [];
  if (!text.trim() && ids.length === 0) throw new Refusal(422, "Validation failed: Text can't be blank");
  const spoiler = String(fields.spoiler_text ?? '');
  if (countable(text) + [...graphemes.segment(spoiler)].length > limits.max_characters) {
    throw new Refusal(422, `Validation failed: Text character limit of ${limits.max_characters} exceeded`);
  }
  if (ids.length > limits.max_media_attachments) throw new Refusal(422, 'Validation failed: Cannot attach more than 4 files');
  const media = ids.map((id) => {
    const m = store.media.get(id);
    if (!m || m.attached) throw new Refusal(422, `Media ${id} not found or already attached to another post`);
    if (!m.ready) throw new Refusal(422, 'Cannot attach files that have not finished processing. Try again in a moment!');
    return m;
  });
  const visibility = fields.visibility ?? 'public';
  if (!['public', 'unlisted', 'private', 'direct'].includes(visibility)) throw new Refusal(422, 'Validation failed: Visibility is not included in the list');
  if (fields.in_reply_to_id && !store.statuses.has(fields.in_reply_to_id)) throw new Refusal(404, 'Record not found');
  const s = {
    id: store.id(), createdAt: new Date(store.now()).toISOString(), text, spoiler, visibility, media,
    sensitive: fields.sensitive === true || fields.sensitive === 'true', language: fields.language ?? null,
    inReplyTo: fields.in_reply_to_id ?? null,
  };
  for (const m of media) m.attached = true;
  store.statuses.set(s.id, s);
  if (key) store.keepKey(account.id, key, s.id);
  return { status: 200, body: shownStatus(s, origin) };
}

function upload({ request, fields, files, origin }) {
  authorised(request, 'write:media');
  const budget = store.spend('media', 30, 30 * MINUTE);
  if (budget.refused) throw Object.assign(new Refusal(429, 'Too many requests'), { headers: budget.headers });
  const file = files.file;
  if (!file) throw new Refusal(422, "Validation failed: File can't be blank");
  if (!/^image\/(png|jpeg|gif|webp)$/.test(file.type)) throw new Refusal(422, 'Validation failed: File content type is invalid');
  if (file.size > limits.image_size_limit) throw new Refusal(422, 'Validation failed: File size must be less than 16 MB');
  const description = fields.description ?? null;
  if (description && [...description].length > limits.description_limit) throw new Refusal(422, 'Validation failed: Description is too long');
  const slow = file.size >= knobs.slowFrom;
  const m = { id: store.id(), description, ready: !slow, questions: knobs.questionsUntilReady, attached: false };
  store.media.set(m.id, m);
  return { status: slow ? 202 : 200, body: shownMedia(m, origin), headers: budget.headers };
}

function askMedia({ request, id, origin }) {
  authorised(request, 'write:media');
  const m = store.media.get(id);
  if (!m || m.attached) throw new Refusal(404, 'Record not found');
  if (!m.ready) {
    m.questions -= 1;
    m.ready = m.questions <= 0;
  }
  return { status: m.ready ? 200 : 206, body: shownMedia(m, origin) };
}

function deleteMedia({ request, id }) {
  authorised(request, 'write:media');
  const m = store.media.get(id);
  if (!m) throw new Refusal(404, 'Record not found');
  if (m.attached) throw new Refusal(422, 'Media attachment is currently used by a status');
  store.media.delete(id);
  return { status: 200, body: {} };
}

function registerApp({ fields }) {
  if (!fields.client_name) throw new Refusal(422, "Validation failed: Application name can't be blank");
  if (!fields.redirect_uris) throw new Refusal(422, "Validation failed: Redirect URI can't be blank");
  const app = {
    client_id: token(), client_secret: token(), redirects: String(fields.redirect_uris).split('\n'),
    scopes: fields.scopes ?? 'read',
  };
  store.apps.set(app.client_id, app);
  return { status: 200, body: { id: store.id(), name: fields.client_name, website: null, redirect_uri: fields.redirect_uris,
    client_id: app.client_id, client_secret: app.client_secret } };
}

// The sign-in page. With ?_test_sign_in=1 the person is signed in and says yes.
function authorize({ url }) {
  const q = url.searchParams;
  const app = store.apps.get(q.get('client_id'));
  if (!app || !app.redirects.includes(q.get('redirect_uri'))) throw new Refusal(400, 'invalid_request');
  if (q.get('response_type') !== 'code') throw new Refusal(400, 'unsupported_response_type');
  if (q.get('code_challenge') && q.get('code_challenge_method') !== 'S256') throw new Refusal(400, 'invalid_code_challenge_method');
  if (!q.get('_test_sign_in')) return { status: 200, html: '<html><body>Sign in</body></html>' };
  const code = token();
  store.codes.set(code, { app, redirect: q.get('redirect_uri'), challenge: q.get('code_challenge'),
    scope: q.get('scope') ?? 'read', until: store.now() + 10 * MINUTE });
  const back = new URL(q.get('redirect_uri'));
  back.searchParams.set('code', code);
  if (q.get('state')) back.searchParams.set('state', q.get('state'));
  return { status: 302, body: {}, headers: { Location: back.href } };
}

function exchange({ fields }) {
  const app = store.apps.get(fields.client_id);
  if (!app || app.client_secret !== fields.client_secret) throw new Refusal(401, 'invalid_client', 'Client authentication failed');
  if (fields.grant_type !== 'authorization_code') throw new Refusal(400, 'unsupported_grant_type');
  const grant = store.codes.get(fields.code);
  store.codes.delete(fields.code); // once only
  const fits = grant && grant.app === app && grant.redirect === fields.redirect_uri && grant.until > store.now() &&
    (!grant.challenge || (fields.code_verifier && s256(fields.code_verifier) === grant.challenge));
  if (!fits) throw new Refusal(400, 'invalid_grant', 'The provided authorization grant is invalid, expired, revoked');
  const access = token();
  store.tokens.set(access, { scope: grant.scope, app: app.client_id });
  return { status: 200, body: { access_token: access, token_type: 'Bearer', scope: grant.scope, created_at: Math.floor(store.now() / 1000) } };
}

// What an instance tells about itself.
const described = (body) => ({ request }) => {
  if (knobs.limited) authorised(request);
  return { status: 200, body: { ...body, configuration: configuration() } };
};

const configuration = () => ({
  accounts: { max_featured_tags: 10 },
  statuses: { max_characters: limits.max_characters, max_media_attachments: limits.max_media_attachments,
    characters_reserved_per_url: limits.characters_reserved_per_url },
  media_attachments: { supported_mime_types: ['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'video/mp4'],
    description_limit: limits.description_limit, image_size_limit: limits.image_size_limit,
    image_matrix_limit: limits.image_matrix_limit, video_size_limit: 103_809_024, video_frame_rate_limit: 120, video_matrix_limit: 8_294_400 },
  polls: { max_options: 4, max_characters_per_option: 50, min_expiration: 300, max_expiration: 2_629_746 },
});

const routes = [
  ['GET', /^\/api\/v2\/instance$/, described({ domain: 'fake.example', title: 'Fake', version: '4.3.0', source_url: '',
    description: '', languages: ['en'], rules: [] })],
  ['GET', /^\/api\/v1\/instance$/, described({ uri: 'fake.example', title: 'Fake', version: '4.3.0' })],
  ['GET', /^\/\.well-known\/oauth-authorization-server$/, ({ origin }) => ({ status: 200, body: { issuer: `${origin}/`,
    authorization_endpoint: `${origin}/oauth/authorize`, token_endpoint: `${origin}/oauth/token`,
    revocation_endpoint: `${origin}/oauth/revoke`, app_registration_endpoint: `${origin}/api/v1/apps`,
    scopes_supported: ['read', 'write', 'profile'], response_types_supported: ['code'],
    grant_types_supported: ['authorization_code'], code_challenge_methods_supported: ['S256'] } })],
  ['POST', /^\/api\/v1\/apps$/, registerApp],
  ['GET', /^\/oauth\/authorize$/, authorize],
  ['POST', /^\/oauth\/token$/, exchange],
  ['POST', /^\/oauth\/revoke$/, ({ fields }) => { store.tokens.delete(fields.token); return { status: 200, body: {} }; }],
  ['GET', /^\/api\/v1\/accounts\/verify_credentials$/, ({ request }) => {
    authorised(request, 'read:accounts');
    return { status: 200, body: { ...account, statuses_count: store.statuses.size } };
  }],
  ['GET', /^\/api\/v1\/accounts\/(?<id>\d+)\/statuses$/, ({ request, url, id, origin }) => {
    authorised(request, 'read:statuses');
    if (id !== account.id) throw new Refusal(404, 'Record not found');
    const most = Math.min(40, Number(url.searchParams.get('limit') ?? 20));
    return { status: 200, body: [...store.statuses.values()].reverse().slice(0, most).map((s) => shownStatus(s, origin)) };
  }],
  ['POST', /^\/api\/v1\/statuses$/, createStatus],
  ['GET', /^\/api\/v1\/statuses\/(?<id>\d+)$/, ({ id, origin }) => {
    if (!store.statuses.has(id)) throw new Refusal(404, 'Record not found');
    return { status: 200, body: shownStatus(store.statuses.get(id), origin) };
  }],
  ['POST', /^\/api\/v2\/media$/, upload],
  ['GET', /^\/api\/v1\/media\/(?<id>\d+)$/, askMedia],
  ['DELETE', /^\/api\/v1\/media\/(?<id>\d+)$/, deleteMedia],
  // Not Mastodon's.
  ['POST', /^\/_test\/advance$/, ({ fields }) => { store.advance(Number(fields.ms)); return { status: 200, body: {} }; }],
  ['POST', /^\/_test\/knobs$/, ({ fields }) => { Object.assign(knobs, fields); return { status: 200, body: knobs }; }],
  ['POST', /^\/_test\/limits$/, ({ fields }) => { Object.assign(limits, fields); return { status: 200, body: limits }; }],
  ['GET', /^\/_test\/requests$/, () => ({ status: 200, body: store.requests })],
  ['POST', /^\/_test\/forget$/, () => { store.requests = []; return { status: 200, body: {} }; }],
];

async function answer(request, origin) {
  const url = new URL(request.url, origin);
  const { fields, files } = parseBody(request, await readBody(request));
  const own = url.pathname.startsWith('/_test/');
  if (!own) {
    store.requests.push({ method: request.method, path: url.pathname, query: Object.fromEntries(url.searchParams), fields, files,
      key: request.headers['idempotency-key'] ?? null, token: /^Bearer /.test(request.headers.authorization ?? '') });
  }
  const budget = own ? { headers: {} } : store.spend('requests', 300, 5 * MINUTE);
  if (budget.refused) return { status: 429, body: { error: 'Too many requests' }, headers: budget.headers };
  const route = routes.find(([method, path]) => method === request.method && path.test(url.pathname));
  if (!route) throw new Refusal(404, 'Record not found');
  const { id } = route[1].exec(url.pathname).groups ?? {};
  const made = route[2]({ request, url, fields, files, id, origin });
  return { ...made, headers: { ...budget.headers, ...made.headers } };
}

const server = createServer(async (request, response) => {
  const origin = `http://127.0.0.1:${server.address().port}`;
  let made;
  try {
    made = await answer(request, origin);
  } catch (error) {
    made = { status: error.status ?? 500, body: error.body ?? { error: error.message }, headers: error.headers };
  }
  const text = made.html ?? JSON.stringify(made.body);
  response.writeHead(made.status, { 'Content-Type': made.html ? 'text/html' : 'application/json', ...made.headers });
  response.end(text);
});

server.listen(0, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  process.stdout.write(`${JSON.stringify({ url, access_token: personalToken })}\n`);
});
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
