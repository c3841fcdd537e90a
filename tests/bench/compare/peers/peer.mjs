// One process of a peer: peer.mjs JSON. Reads commands, one JSON object a line, and answers each with one line.
//   {"do":"setup"}                                     makes its tables
//   {"do":"fill","count","due_ms","spread_us"}         schedules in bulk; {"do":"add",...,"lanes"} one call each; {"do":"far","count"}
//   {"do":"work"}                                      begins to publish
//   {"do":"settle","far","seconds"}                    answers when nothing is pending any more, or what still is
//   {"do":"close"}
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';

import { at, nowUs, sender } from './lib.mjs';

const config = JSON.parse(process.argv[2]);
const [kind, variant] = config.peer.split('-');
const { make } = await import(`./${kind}.mjs`);
const peer = make({ ...config, variant });
const out = config.sink && sender(config.sink, config.settings);
const accounts = Array.from({ length: 300 }, () => randomUUID());

function makePosts(count, dueMs, spreadUs = 0) {
  return Array.from({ length: count }, (_, i) => ({
    key: randomUUID(), account: accounts[i % accounts.length], text: `A post of the comparison ${i}`,
    due: new Date(dueMs + Math.floor((i * spreadUs) / 1000)).toISOString(),
  }));
}

const pause = (ms) => new Promise((resolve) => at(Date.now() + ms, resolve));

const commands = {
  setup: () => peer.setup(),
  async fill({ count, due_ms: due, spread_us: spread }) {
    const posts = makePosts(count, due, spread);
    const began = nowUs();
    await peer.fill(posts);
    return { us: nowUs() - began };
  },
  async add({ count, due_ms: due, lanes }) {
    const posts = makePosts(count, due);
    const began = nowUs();
    let next = 0;
    const lane = async () => {
      while (next < posts.length) await peer.add(posts[next++]);
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    return { us: nowUs() - began };
  },
  async far({ count }) {
    const began = nowUs();
    await peer.far(count, (some) => makePosts(some, Date.now() + 30 * 86_400_000, 1000));
    return { us: nowUs() - began };
  },
  work: () => peer.work(out.send),
  async settle({ far, seconds }) {
    const deadline = nowUs() + seconds * 1e6;
    let pending;
    while ((pending = await peer.pending(far)) > 0 && nowUs() < deadline) await pause(10);
    return { pending, at_us: nowUs() };
  },
  async close() {
    await peer.close();
    await out?.close();
  },
};

process.on('unhandledRejection', (error) => console.error(`unhandled: ${error?.stack ?? error}`));
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  try {
    const answer = await commands[command.do](command);
    process.stdout.write(`${JSON.stringify({ ok: true, ...answer })}\n`);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ ok: false, error: error.stack ?? String(error) })}\n`);
  }
  if (command.do === 'close') break;
}
process.exit(0);
