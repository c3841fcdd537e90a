// Node that posts and stores nothing: what no queue on Node can exceed.
import { at } from './lib.mjs';

export function make({ settings }) {
  let posts = [];
  let left = 0;
  return {
    async setup() {},
    async fill(some) {
      posts = some;
      left = some.length;
    },
    async work(send) {
      let next = 0;
      const lane = async () => {
        while (next < posts.length) {
          await send(posts[next++]);
          left -= 1;
        }
      };
      at(Date.parse(posts[0].due), () => {
        for (let i = 0; i < settings.concurrency; ++i) lane().catch((error) => console.error(`nothing: ${error.message}`));
      });
    },
    async pending() {
      return left;
    },
    async close() {},
  };
}
