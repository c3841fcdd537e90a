// Bodies in the three forms that the API takes: JSON, urlencoded, multipart.

export async function readBody(request, limit = 20 << 20) {
  const parts = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > limit) throw Object.assign(new Error('too large'), { status: 413 });
    parts.push(part);
  }
  return Buffer.concat(parts);
}

// -> {fields: {name: value | [values]}, files: {name: {filename, type, size}}}
export function parseBody(request, body) {
  const type = request.headers['content-type'] ?? '';
  if (body.length === 0) return { fields: {}, files: {} };
  if (type.startsWith('application/json')) {
    let fields;
    try { fields = JSON.parse(body.toString('utf8')); } catch { throw Object.assign(new Error('not JSON'), { status: 400 }); }
    return { fields, files: {} };
  }
  if (type.startsWith('application/x-www-form-urlencoded')) {
    const fields = {};
    for (const [name, value] of new URLSearchParams(body.toString('utf8'))) add(fields, name, value);
    return { fields, files: {} };
  }
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)"?/.exec(type)?.[1];
  if (!boundary) throw Object.assign(new Error(`cannot read ${type}`), { status: 415 });
  return parseMultipart(body, boundary);
}

function add(fields, name, value) {
  if (name.endsWith('[]')) (fields[name.slice(0, -2)] ??= []).push(value);
  else fields[name] = value;
}

function parseMultipart(body, boundary) {
  const fields = {}, files = {};
  const marker = Buffer.from(`--${boundary}`);
  let at = body.indexOf(marker);
  while (at >= 0) {
    const from = at + marker.length;
    const next = body.indexOf(marker, from);
    if (next < 0) break;
    const part = body.subarray(from + 2, next - 2); // without the line breaks around it
    const gap = part.indexOf('\r\n\r\n');
    const head = part.subarray(0, gap).toString('utf8');
    const value = part.subarray(gap + 4);
    const name = /name="([^"]*)"/.exec(head)?.[1] ?? '';
    const filename = /filename="([^"]*)"/.exec(head)?.[1];
    if (filename === undefined) add(fields, name, value.toString('utf8'));
    else files[name] = { filename, type: /content-type:\s*(\S+)/i.exec(head)?.[1] ?? '', size: value.length };
    at = next;
  }
  return { fields, files };
}
