import { MemoryAnomalyHistory } from '../src/outbound/anomaly-history.memory.js';
import { anomalyHistoryContract } from './anomaly-history.contract.js';

anomalyHistoryContract('MemoryAnomalyHistory', () =>
  Promise.resolve({
    history: new MemoryAnomalyHistory(),
    commit: (work) => work({ query: () => Promise.resolve({ rows: [] }) }),
  }),
);
