import type {
  ActionKind,
  ExecutionMode,
  ExecutionSettings,
  Recommendation,
  Resource,
  ResourceType,
  Risk,
} from '@trimtab/contracts';
import { Resource as ResourceSchema } from '@trimtab/contracts';
import type { Live } from '../src/domain/target.js';

export const accountId = '111122223333';
export const region = 'us-east-1';
export const asOf = '2026-11-20T12:00:00.000Z';

/** What a scan would have written about a live state. */
export function scanned(type: ResourceType, live: Live, at = { accountId, region }): Resource {
  const { id, tags } = { id: idOf(live), tags: 'tags' in live ? live.tags : {} };
  const arn = id.startsWith('arn:') ? id : `arn:aws:${type}:${at.region}:${at.accountId}:${id}`;
  const extra = { imageIds: [], incompleteUploads: [], dnsName: 'x', platformDetails: 'Linux/UNIX' };
  return ResourceSchema.parse({ type, arn, id, ...at, tags, metrics: [], attributes: { ...extra, ...live } });
}

const idOf = (live: Live): string =>
  'allocationId' in live
    ? live.allocationId
    : 'id' in live
      ? live.id
      : 'dnsName' in live
        ? live.arn
        : live.name;

export function recommend(
  resource: Resource,
  kind: ActionKind,
  parameters: Record<string, unknown> = {},
  { risk = 'M' as Risk, usd = '10' } = {},
): Recommendation {
  const { arn, id, type, accountId: account, region: place, tags } = resource;
  const money = { amount: usd, currency: 'USD' };
  return {
    id: `check:${kind}:${arn}`,
    checkId: 'check',
    title: kind,
    resource: { arn, id, type, accountId: account, region: place, tags },
    action: { kind, parameters },
    risk,
    monthlySavingsList: money,
    monthlySavingsNet: money,
    rateSource: 'list',
    formula: 'given',
    evidence: [{ kind: 'attribute', name: 'given', value: true }],
    confidence: 'high',
    notes: [],
    supersedes: [],
  };
}

export const settings = (mode: ExecutionMode, more: Partial<ExecutionSettings> = {}): ExecutionSettings => ({
  mode,
  approveLow: false,
  maxRisk: 'H',
  maxActionsPerRun: 500,
  ...more,
});
