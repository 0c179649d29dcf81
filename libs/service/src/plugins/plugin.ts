import type {
  Anomaly,
  AnomalySettings,
  CostFact,
  Evidence,
  OptimizationSettings,
  ProposedAction,
  Recommendation,
  Resource,
  ResourceType,
  Risk,
} from '@trimtab/contracts';
import type { Envelope, Money } from '@trimtab/kernel';
import type { Logger } from '@trimtab/observability';
import type { z } from 'zod';
import type { PlainTask } from '../plain/plain-task.js';

/** What plugins say that they fit: `trimtab: '^0.1'`. */
export const PLATFORM_VERSION = '0.1.0';

/** What a check may look at; the facts of one run. */
export interface CheckFacts {
  readonly asOf: Date;
  readonly currency: string;
  all(type: ResourceType): readonly Resource[];
  find(type: ResourceType, accountId: string, id: string): Resource | undefined;
  ageDays(since: string): number;
  readonly prices: {
    price(service: string, region: string, usageType: string): Money | undefined;
  };
}

export type CheckVerdict =
  | { readonly kind: 'clean' }
  | { readonly kind: 'undecided'; readonly reason: string }
  | {
      readonly kind: 'found';
      readonly action: ProposedAction;
      /** Per month. */
      readonly saving: {
        readonly list: Money;
        readonly net: Money;
        readonly rateSource: 'bill' | 'list';
        readonly formula: string;
      };
      readonly evidence: readonly Evidence[];
      readonly confidence: Recommendation['confidence'];
      readonly notes: readonly string[];
    };

/** A rule about one type of resource (docs/how-to/add-a-check.md). One that throws leaves its resource undecided. */
export interface PluginCheck {
  readonly id: string;
  readonly title: string;
  readonly resourceType: ResourceType;
  readonly risk: Risk;
  readonly rank: 'delete' | 'stop' | 'right-size' | 'type' | 'independent';
  readonly limits: Readonly<Record<string, number>>;
  concerns?(resource: Resource, facts: CheckFacts, limits: Readonly<Record<string, number>>): boolean;
  judge(resource: Resource, facts: CheckFacts, limits: Readonly<Record<string, number>>): CheckVerdict;
}

export interface PluginContext {
  readonly log: Logger;
}

/** What was asked of a route, already checked against its schemas. */
export interface PluginRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

/** Served under `/api/v1/plugins/<plugin>`, and part of the OpenAPI document. */
export interface PluginRoute {
  readonly method: 'GET' | 'POST';
  /** `/owners/{team}` */
  readonly path: string;
  readonly summary: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly reply: z.ZodType;
  handler(request: PluginRequest, context: PluginContext): unknown;
}

export interface VerbContext {
  /** Of the gateway that the command line talks to. */
  gatewayUrl(): string;
  /** Data as text; with `--json` as JSON. */
  print(data: unknown, text: () => string): void;
}

/** `trimtab <name>`; what it returns is its exit code. */
export interface PluginVerb {
  readonly name: string;
  readonly description: string;
  /** `<required> [optional]` */
  readonly arguments?: string;
  run(context: VerbContext, args: readonly string[]): Promise<number | void> | number | void;
}

/** A callback on public events: at least once each, on a durable consumer of the plugin. */
export interface PluginEvents {
  /** `trimtab.recommendation.raised.v1` */
  readonly types: readonly string[];
  handler(event: Envelope, context: PluginContext): Promise<void> | void;
}

/** Expected costs of each day, and what they stay above (`low`) and below (`high`) with 90 % probability each. */
export interface PluginForecast {
  readonly expected: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** What a plugin may add. Every part is optional; engines are chosen by name in the configuration. */
export interface Plugin {
  /** Lower-case letters, digits and dashes. */
  readonly name: string;
  readonly version: string;
  /** The versions of Trimtab that it fits: `^0.1`. */
  readonly trimtab: string;
  /** By task type `<area>.<action>`. */
  readonly tasks?: Readonly<Record<string, PlainTask>>;
  readonly checks?: readonly PluginCheck[];
  /** Anomalies of the daily costs; chosen by `anomaly.engine`. */
  readonly anomalyEngines?: Readonly<
    Record<
      string,
      (facts: readonly CostFact[], settings: AnomalySettings, asOf: string) => readonly Anomaly[]
    >
  >;
  /** What the next `horizon` days cost; chosen by `forecastEngine` of a budget. */
  readonly forecastEngines?: Readonly<
    Record<string, (history: readonly number[], horizon: number) => readonly number[] | PluginForecast>
  >;
  /** Which recommendations stand, in which order; chosen by `optimization.engine`. */
  readonly optimizationEngines?: Readonly<
    Record<
      string,
      (found: readonly Recommendation[], settings: OptimizationSettings) => readonly Recommendation[]
    >
  >;
  /** Takes the place of the format of that name; gets the summary that the JSON format shows. */
  readonly reportTemplates?: Readonly<Partial<Record<'html' | 'md' | 'json', (summary: unknown) => string>>>;
  readonly routes?: readonly PluginRoute[];
  readonly cliVerbs?: readonly PluginVerb[];
  readonly onEvents?: readonly PluginEvents[];
}

/** Tasks keep the types of their own inputs. */
type Written<Inputs> = Omit<Plugin, 'tasks'> & {
  readonly tasks?: { readonly [Type in keyof Inputs]: PlainTask<Inputs[Type]> };
};

/** What a plugin's module exports as its default. */
export const definePlugin = <Inputs>(plugin: Written<Inputs>): Plugin => plugin as unknown as Plugin;
