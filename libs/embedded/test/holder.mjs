/**
 * Holds servers until it is told to stop: a process that specs can kill, and that can give up root's rights.
 * Argument: JSON `{ dataDir, uid?, native?, binary? }`. Prints `{ natsUrl, databaseUrl, pids, uid, lines }` when ready.
 */
import { setInterval } from 'node:timers';
import { startNats, startPostgres } from '../dist/index.js';

const { dataDir, uid, native, binary } = JSON.parse(process.argv[2]);
if (uid !== undefined) {
  process.setgroups([]);
  process.setgid(uid);
  process.setuid(uid);
}
const lines = [];
const log = (line) => lines.push(line);
const servers = await Promise.all([
  startNats({ dataDir, binary, log }),
  startPostgres({ dataDir, native, log }),
]);
const [nats, postgres] = servers;
process.on('SIGTERM', () => Promise.all(servers.map((server) => server.stop())).then(() => process.exit(0)));
const pids = servers.map((server) => server.pid);
const ready = { natsUrl: nats.url, databaseUrl: postgres.url, pids, uid: process.getuid(), lines };
process.stdout.write(`${JSON.stringify(ready)}\n`);
setInterval(() => undefined, 60_000);
