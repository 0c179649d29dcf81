import { Memory{{Name}}History } from '../src/outbound/{{name}}-history.memory.js';
import { {{name}}HistoryContract } from './{{name}}-history.contract.js';

{{name}}HistoryContract('Memory{{Name}}History', () =>
  Promise.resolve({
    history: new Memory{{Name}}History(),
    commit: (work) => work({ query: () => Promise.resolve({ rows: [] }) }),
  }),
);
