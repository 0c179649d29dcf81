import {
  MemoryArtifacts,
  MemoryDeadLetterRows,
  MemoryInbox,
  MemoryOutbox,
  MemoryTransactions,
  memoryEventStore,
} from '../src/testing.js';
import { artifactsContract } from './contracts/artifacts.contract.js';
import { eventStoreContract } from './contracts/event-store.contract.js';
import { workerContract } from './contracts/worker.contract.js';

eventStoreContract('in memory', async () => {
  const { log, writer } = memoryEventStore({ partitions: 4 });
  return { log, writer, fence: async (partition) => writer.fence(partition) };
});

workerContract('in memory', async () => ({
  inbox: new MemoryInbox(),
  outbox: new MemoryOutbox(),
  letters: new MemoryDeadLetterRows(),
  transactions: new MemoryTransactions(),
}));

artifactsContract('in memory', async () => new MemoryArtifacts({ maxBytes: 8 * 1024 * 1024 }));
