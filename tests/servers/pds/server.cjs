// A PDS whose state is below PDS_DATA: one that is killed and started again knows what it knew.
const { existsSync, mkdirSync, readFileSync } = require('node:fs');

// SIGUSR2: the clock of this server is as many milliseconds ahead as the file PDS_CLOCK says, so that tokens end.
let ahead = 0;
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + ahead);
    else super(...given);
  }
  static now() { return RealDate.now() + ahead; }
};
const readClock = () => { ahead = existsSync(process.env.PDS_CLOCK) ? Number(readFileSync(process.env.PDS_CLOCK, 'utf8')) : 0; };
readClock();
process.on('SIGUSR2', readClock);

const { PDS, envToCfg, envToSecrets } = require('@atproto/pds');

async function main() {
  const data = process.env.PDS_DATA;
  mkdirSync(data, { recursive: true });
  const env = {
    port: Number(process.env.PDS_PORT), hostname: 'localhost', devMode: true, dataDirectory: data,
    blobstoreDiskLocation: `${data}/blobs`, blobstoreDiskTmpLocation: `${data}/blobs-tmp`,
    didPlcUrl: process.env.PDS_DIRECTORY, serviceHandleDomains: ['.test'], inviteRequired: false,
    rateLimitsEnabled: process.env.PDS_RATE_LIMITS === '1', disableSsrfProtection: true,
    // Nobody is there: what a test needs is answered by this server alone.
    bskyAppViewUrl: 'https://appview.invalid', bskyAppViewDid: 'did:web:appview.invalid', crawlers: [],
    jwtSecret: process.env.PDS_JWT_SECRET, adminPassword: process.env.PDS_ADMIN_PASSWORD,
    plcRotationKeyK256PrivateKeyHex: process.env.PDS_ROTATION_KEY,
  };
  const server = await PDS.create(envToCfg(env), envToSecrets(env));
  await server.start();
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => server.destroy().then(() => process.exit(0)));
  }
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
