// What the server knows. Time is the real clock plus what a test has put forward, so that an hour can pass in a test.
import { createHash, randomBytes } from 'node:crypto';

const HOUR = 3_600_000;
export const token = () => randomBytes(32).toString('base64url');

export class Store {
  #ahead = 0;
  #lastId = 0n;
  apps = new Map();
  codes = new Map();
  tokens = new Map();
  statuses = new Map();
  media = new Map();
  keys = new Map();
  windows = new Map();
  requests = [];

  now() { return Date.now() + this.#ahead; }
  advance(ms) { this.#ahead += ms; }

  // Ids rise with time, like the server's own.
  id() {
    const fresh = BigInt(this.now()) << 16n;
    this.#lastId = fresh > this.#lastId ? fresh : this.#lastId + 1n;
    return this.#lastId.toString();
  }

  // One request against a budget of `limit` per `span`; the answer carries the headers of the window.
  spend(name, limit, span) {
    let window = this.windows.get(name);
    if (!window || window.ends <= this.now()) {
      window = { used: 0, ends: this.now() + span };
      this.windows.set(name, window);
    }
    window.used += 1;
    return {
      refused: window.used > limit,
      headers: {
        'X-RateLimit-Limit': String(limit),
        'X-RateLimit-Remaining': String(Math.max(0, limit - window.used)),
        'X-RateLimit-Reset': new Date(window.ends).toISOString(),
      },
    };
  }

  // The status that an earlier request with this key made within the last hour.
  byKey(account, key) {
    const kept = this.keys.get(`${account}:${key}`);
    return kept && kept.until > this.now() ? this.statuses.get(kept.status) : undefined;
  }
  keepKey(account, key, status) { this.keys.set(`${account}:${key}`, { status, until: this.now() + HOUR }); }
}

export const s256 = (verifier) => createHash('sha256').update(verifier).digest('base64url');
