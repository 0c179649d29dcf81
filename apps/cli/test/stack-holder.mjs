/** Holds a stack as `trimtab up --foreground` does; options as JSON in the first argument. */
import { startStack } from '../dist/stack/stack.js';

const options = JSON.parse(process.argv[2]);
const stack = await startStack({ ...options, log: (line) => console.error(line) });
process.once('SIGTERM', () => void stack.stop().then(() => process.exit(0)));
console.log(JSON.stringify({ ready: true, ...stack }));
