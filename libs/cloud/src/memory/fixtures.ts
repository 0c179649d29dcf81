import type {
  LiveAddress,
  LiveDatabase,
  LiveFunction,
  LiveInstance,
  LiveLoadBalancer,
  LiveLogGroup,
  LiveSnapshot,
  LiveVolume,
} from '../ports/live-state.js';

/** Complete live states for tests: say what matters, the rest is ordinary. */
export const anInstance = (given: Partial<LiveInstance> & { id: string }): LiveInstance => ({
  state: 'running',
  instanceType: 'm5.large',
  rootDeviceType: 'ebs',
  availabilityZone: 'us-east-1a',
  architecture: 'x86_64',
  stateTransitionReason: '',
  launchedAt: '2026-01-01T00:00:00.000Z',
  platformDetails: 'Linux/UNIX',
  detailedMonitoring: false,
  volumeIds: [],
  tags: {},
  ...given,
});

export const aVolume = (given: Partial<LiveVolume> & { id: string }): LiveVolume => ({
  state: given.attachedTo && given.attachedTo.length > 0 ? 'in-use' : 'available',
  volumeType: 'gp2',
  sizeGiB: 100,
  availabilityZone: 'us-east-1a',
  encrypted: false,
  createdAt: '2026-01-01T00:00:00.000Z',
  attachedTo: [],
  tags: {},
  ...given,
});

export const aSnapshot = (given: Partial<LiveSnapshot> & { id: string }): LiveSnapshot => ({
  volumeId: 'vol-gone',
  state: 'completed',
  sizeGiB: 100,
  startedAt: '2026-01-01T00:00:00.000Z',
  description: '',
  tags: {},
  ...given,
});

export const anAddress = (given: Partial<LiveAddress> & { allocationId: string }): LiveAddress => ({
  publicIp: '198.51.100.7',
  tags: {},
  ...given,
});

export const aDatabase = (given: Partial<LiveDatabase> & { id: string }): LiveDatabase => ({
  arn: `arn:aws:rds:us-east-1:111122223333:db:${given.id}`,
  status: 'available',
  dbInstanceClass: 'db.m6g.large',
  engine: 'postgres',
  engineVersion: '16.4',
  createdAt: '2026-01-01T00:00:00.000Z',
  multiAz: false,
  storageType: 'gp2',
  allocatedStorageGiB: 100,
  deletionProtection: false,
  pending: {},
  tags: {},
  ...given,
});

export const aFunction = (given: Partial<LiveFunction> & { name: string }): LiveFunction => ({
  arn: `arn:aws:lambda:us-east-1:111122223333:function:${given.name}`,
  runtime: 'nodejs22.x',
  memoryMiB: 512,
  timeoutSeconds: 10,
  architectures: ['arm64'],
  codeBytes: 1_000_000,
  lastModifiedAt: '2026-01-01T00:00:00.000Z',
  tags: {},
  ...given,
});

export const aLoadBalancer = (given: Partial<LiveLoadBalancer> & { arn: string }): LiveLoadBalancer => ({
  name: given.arn.split('/').at(-2) ?? 'balancer',
  type: 'application',
  scheme: 'internal',
  dnsName: 'balancer.example.com',
  state: 'active',
  createdAt: '2026-01-01T00:00:00.000Z',
  targetGroups: [],
  tags: {},
  ...given,
});

export const aLogGroup = (given: Partial<LiveLogGroup> & { name: string }): LiveLogGroup => ({
  arn: `arn:aws:logs:us-east-1:111122223333:log-group:${given.name}`,
  createdAt: '2026-01-01T00:00:00.000Z',
  storedBytes: 0,
  tags: {},
  ...given,
});
