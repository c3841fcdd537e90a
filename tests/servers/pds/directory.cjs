// A PLC directory: which server keeps which account. Its state is in memory; it outlives the PDS of a test.
const { Database, PlcServer } = require('@did-plc/server');

async function main() {
  const directory = PlcServer.create({ db: Database.mock(), port: 0 });
  const listener = await directory.start();
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => directory.destroy().then(() => process.exit(0)));
  }
  process.stdout.write(`http://127.0.0.1:${listener.address().port}\n`);
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
