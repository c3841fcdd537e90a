// compare URL TOKEN IMAGE: does with a third-party client what the adapter has just done at the server at URL, and
// compares what arrived. Standard input: the server's record of the adapter's requests. Prints the differences; ends
// with 1 when there are any that matter.
import { readFile } from 'node:fs/promises';
import { createRestAPIClient } from 'masto';

const [url, accessToken, image] = process.argv.slice(2);
const text = await new Response(process.stdin).text();
const ours = JSON.parse(text);

const post = async (path) => fetch(`${url}${path}`, { method: 'POST' });
await post('/_test/forget');

const create = ours.find((r) => r.path === '/api/v1/statuses');
const upload = ours.find((r) => r.path === '/api/v2/media');
const client = createRestAPIClient({ url, accessToken });

const me = await client.v1.accounts.verifyCredentials();
await client.v2.instance.fetch();
const file = new File([await readFile(image)], upload.files.file.filename, { type: upload.files.file.type });
const media = await client.v2.media.create({ file, description: upload.fields.description, skipPolling: true });
const status = await client.v1.statuses.create(
  { status: create.fields.status, mediaIds: [media.id], visibility: create.fields.visibility, language: create.fields.language },
  { requestInit: { headers: { 'Idempotency-Key': create.key } } },
);
await client.v1.accounts.$select(me.id).statuses.list({ limit: 40, excludeReblogs: true });
const theirs = await (await fetch(`${url}/_test/requests`)).json();

// Ids differ from upload to upload; a client may send lists and numbers as text. skip_polling is for the client itself:
// it passes on what it was told.
const plain = (r) => ({
  method: r.method, path: r.path, token: r.token, key: r.key,
  query: Object.fromEntries(Object.entries(r.query).map(([k, v]) => [k, String(v)]).sort()),
  fields: Object.fromEntries(Object.entries(r.fields).filter(([k]) => k !== 'skip_polling').map(([k, v]) => [k, k === 'media_ids' ? v.length : v]).sort()),
  files: r.files,
});
const differences = [];
for (const mine of ours.map(plain)) {
  const same = theirs.map(plain).filter((r) => r.method === mine.method && r.path === mine.path);
  if (same.length === 0) {
    differences.push({ only_ours: mine });
  } else if (!same.some((r) => JSON.stringify(r) === JSON.stringify(mine))) {
    differences.push({ ours: mine, theirs: same });
  }
}
for (const theirsOnly of theirs.map(plain)) {
  if (!ours.some((r) => r.method === theirsOnly.method && r.path === theirsOnly.path)) differences.push({ only_theirs: theirsOnly });
}
process.stdout.write(`${JSON.stringify({ compared: ours.length, status: status.id, differences })}\n`);
process.exit(differences.length === 0 ? 0 : 1);
