import type {
  LiveAddress,
  LiveBucket,
  LiveDatabase,
  LiveFunction,
  LiveInstance,
  LiveLoadBalancer,
  LiveLogGroup,
  LiveSnapshot,
  LiveVolume,
} from '@trimtab/cloud';
import type { ResourceType } from '@trimtab/contracts';

/** Live state by the type of resource; what does not exist (any more) is undefined. */
export interface LiveStates {
  'ec2:instance': LiveInstance;
  'ec2:volume': LiveVolume;
  'ec2:snapshot': LiveSnapshot;
  'ec2:elastic-ip': LiveAddress;
  'rds:db-instance': LiveDatabase;
  'lambda:function': LiveFunction;
  's3:bucket': LiveBucket;
  'elasticloadbalancing:loadbalancer': LiveLoadBalancer;
  'logs:log-group': LiveLogGroup;
}
export type LiveOf<T extends ResourceType> = LiveStates[T];
export type Live = LiveStates[ResourceType];

/** What to read: one resource by its id, or what can be found again by the marks that an effect left. */
export type Target =
  | { readonly by: 'id'; readonly type: ResourceType; readonly id: string }
  | { readonly by: 'snapshot-mark'; readonly mark: Readonly<Record<string, string>> }
  | { readonly by: 'public-ip'; readonly publicIp: string }
  | { readonly by: 'nothing' };
