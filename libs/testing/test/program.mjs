/** A small server for the specs of processes: `/health` answers after WARM_UP_MS; SIGTERM ends it unless STUBBORN. */
import { createServer } from 'node:http';

const { PORT = '0', WARM_UP_MS = '0', STUBBORN, FAIL } = process.env;
if (FAIL) {
  console.error('cannot go on like this');
  process.exit(3);
}
const from = Date.now() + Number(WARM_UP_MS);
let input = 'open';
process.stdin.on('end', () => (input = 'ended')).resume();
const answers = { '/input': () => input, '/exit-with-parent': () => process.env['TRIMTAB_EXIT_WITH_PARENT'] };
const server = createServer((request, response) => {
  const answer = answers[request.url];
  if (answer) return void response.end(String(answer()));
  response.writeHead(request.url === '/health' && Date.now() < from ? 503 : 200).end(String(process.pid));
});
server.listen(Number(PORT), '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
process.on('SIGTERM', () => {
  console.log('asked to end');
  if (!STUBBORN) server.close(() => process.exit(0));
});
