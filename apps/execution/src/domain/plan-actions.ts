import type {
  ActionPlan,
  ExecutionSettings,
  PlannedAction,
  Recommendation,
  Resource,
  Risk,
} from '@trimtab/contracts';
import { canonicalJson, compareMoney, sumMoney } from '@trimtab/kernel';
import { definitionOf } from './actions/index.js';
import { factsOfResource } from './facts.js';

export interface PlanRequest {
  readonly runId: string;
  readonly settings: ExecutionSettings;
  readonly recommendations: readonly Recommendation[];
  /** Scanned resources by ARN: at least those that the recommendations speak of. */
  readonly inventory: ReadonlyMap<string, Resource>;
  readonly createdAt: string;
  /** Hex of the SHA-256 of a text. */
  readonly sha256: (text: string) => string;
}

type Excluded = ActionPlan['excluded'][number];
type Considered = { readonly action: PlannedAction } | { readonly excluded: Excluded };

/** The one plan for dry run and live run: the same findings and settings give the same ids, order and digest. */
export function planActions(request: PlanRequest): ActionPlan {
  const { runId, settings, sha256 } = request;
  const considered = request.recommendations.map((one) => consider(one, request));
  const chosen = choose(
    considered.flatMap((one) => ('action' in one ? [one.action] : [])).sort(bySaving),
    settings.maxActionsPerRun,
    request.inventory,
  );
  const refused = considered.flatMap((one) => ('excluded' in one ? [one.excluded] : []));
  const digest = digestOfPlan(settings.mode, chosen.actions, sha256);
  const currency = request.recommendations[0]?.monthlySavingsNet.currency ?? 'USD';
  return {
    id: `plan-${sha256(`${runId} ${digest}`).slice(0, 24)}`,
    runId,
    mode: settings.mode,
    createdAt: request.createdAt,
    actions: chosen.actions,
    excluded: [...refused, ...chosen.excluded].sort((a, b) =>
      a.recommendationId < b.recommendationId ? -1 : 1,
    ),
    monthlySavings: sumMoney(
      chosen.actions.map((one) => one.monthlySavings),
      currency,
    ),
    digest,
  };
}

/** What an approval is for: mode and actions, and nothing else of the plan. */
export const digestOfPlan = (
  mode: ActionPlan['mode'],
  actions: readonly PlannedAction[],
  sha256: (text: string) => string,
): string => `sha256:${sha256(canonicalJson({ mode, actions }))}`;

function consider(recommendation: Recommendation, request: PlanRequest): Considered {
  const no = (reason: string): Considered => ({ excluded: { recommendationId: recommendation.id, reason } });
  const { action, risk, resource } = recommendation;
  const tooRisky = refusalOfRisk(recommendation, request.settings);
  if (tooRisky !== undefined) return no(tooRisky);
  const definition = definitionOf(action.kind);
  if (!definition) return no(`no executor for ${action.kind}`);
  const parameters = definition.parameters.safeParse(action.parameters);
  if (!parameters.success) return no(`${action.kind} cannot do ${JSON.stringify(action.parameters)}`);
  const scanned = request.inventory.get(resource.arn);
  if (!scanned) return no('the resource is not in the inventory of this run');
  if (scanned.type !== definition.resourceType) return no(`${action.kind} is not for ${scanned.type}`);
  const unfit = definition.unfit?.(scanned, parameters.data);
  if (unfit !== undefined) return no(unfit);
  const { arn, id, type, accountId, region } = scanned;
  return {
    action: {
      id: actionId(recommendation, request),
      recommendationId: recommendation.id,
      checkId: recommendation.checkId,
      resource: { arn, id, type, accountId, region },
      action: { kind: action.kind, parameters: parameters.data as Record<string, unknown> },
      risk,
      preconditions: { ...factsOfResource(scanned) },
      monthlySavings: recommendation.monthlySavingsNet,
    },
  };
}

const rank: Readonly<Record<Risk, number>> = { L: 0, M: 1, H: 2, X: 3 };

function refusalOfRisk({ action, risk }: Recommendation, { maxRisk }: ExecutionSettings): string | undefined {
  if (action.kind === 'advice' || risk === 'X') return 'advice only: a person carries it out';
  return rank[risk] > rank[maxRisk] ? `risk ${risk} is above the limit ${maxRisk}` : undefined;
}

/** The same for the same proposal in the same run: an attempt that plans again plans the same actions. */
function actionId(recommendation: Recommendation, { runId, settings, sha256 }: PlanRequest): string {
  const { id, action, resource } = recommendation;
  const content = canonicalJson({
    runId,
    mode: settings.mode,
    recommendation: id,
    action,
    arn: resource.arn,
  });
  return `act-${sha256(content).slice(0, 32)}`;
}

/** Largest saving first; amounts in different currencies are not compared. */
function bySaving(a: PlannedAction, b: PlannedAction): number {
  const [x, y] = [a.monthlySavings, b.monthlySavings];
  const order = x.currency === y.currency ? compareMoney(y, x) : x.currency < y.currency ? -1 : 1;
  return order !== 0 ? order : a.id < b.id ? -1 : 1;
}

interface Choice {
  readonly actions: PlannedAction[];
  readonly excluded: Excluded[];
}

function choose(
  candidates: readonly PlannedAction[],
  limit: number,
  inventory: ReadonlyMap<string, Resource>,
): Choice {
  const choice: Choice = { actions: [], excluded: [] };
  const byResource = new Map<string, PlannedAction>();
  const ending = new Set(
    candidates.filter((one) => one.action.kind === 'ec2.terminate-instance').map((one) => one.resource.id),
  );
  for (const candidate of candidates) {
    const other = byResource.get(candidate.resource.arn);
    const reason = other
      ? `another action on the same resource saves more: ${other.action.kind}`
      : (endsWith(inventory.get(candidate.resource.arn), ending) ?? overLimit(choice.actions.length, limit));
    if (reason !== undefined) {
      choice.excluded.push({ recommendationId: candidate.recommendationId, reason });
      continue;
    }
    byResource.set(candidate.resource.arn, candidate);
    choice.actions.push(candidate);
  }
  return choice;
}

const overLimit = (planned: number, limit: number): string | undefined =>
  planned >= limit ? `the run is limited to ${limit} actions (maxActionsPerRun)` : undefined;

/** What is attached to an instance that is to be terminated is not worked on as well. */
function endsWith(resource: Resource | undefined, ending: ReadonlySet<string>): string | undefined {
  if (resource?.type !== 'ec2:volume') return undefined;
  const instance = resource.attributes.attachedTo.find((id) => ending.has(id));
  return instance && `its instance ${instance} is proposed for termination`;
}
