// A PDS with its PLC directory, rate limits on, on free ports. Accounts are made through the API by whoever uses it.
const { TestNetworkNoAppView } = require('@atproto/dev-env');
const { JWT_SECRET } = require('@atproto/dev-env/dist/const.js');

async function main() {
  const network = await TestNetworkNoAppView.create({
    pds: {
      hostname: 'localhost',
      dataDirectory: process.env.PDS_DATA,
      rateLimitsEnabled: process.env.PDS_RATE_LIMITS === '1',
    },
  });
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => network.close().then(() => process.exit(0)));
  }
  // The signing secret is dev-env's published one: a test mints an ended token with it.
  const ready = { url: network.pds.url, plc: network.plc.url, jwt_secret: JWT_SECRET, audience: 'did:web:localhost' };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
