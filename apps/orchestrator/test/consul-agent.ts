import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One registration as an agent (Consul 1.20) gives it. */
const registration = (id: string, meta: Record<string, string>, tags: readonly string[]) => ({
  ID: id,
  Service: 'analysis',
  Tags: tags,
  Meta: meta,
  Port: 8080,
  Address: '10.1.10.12',
  TaggedAddresses: { lan_ipv4: { Address: '10.1.10.12', Port: 8080 } },
  Weights: { Passing: 1, Warning: 1 },
  EnableTagOverride: false,
  ContentHash: '4ecd29c7bc647ca8',
  Datacenter: 'dc1',
});

const check = (id: string, status: string, over: Record<string, string> = {}) => ({
  Node: 'agent-one',
  CheckID: id,
  Name: id,
  Status: status,
  Notes: '',
  Output: '',
  ServiceID: '',
  ServiceName: '',
  ServiceTags: [],
  Type: 'ttl',
  Interval: '',
  Timeout: '',
  ExposedPort: 0,
  Definition: {},
  CreateIndex: 14,
  ModifyIndex: 14,
  ...over,
});

export interface RecordedInstance {
  readonly id: string;
  readonly meta?: Record<string, string>;
  readonly tags?: readonly string[];
  readonly status?: 'passing' | 'critical';
  readonly maintenance?: boolean;
}

/** The HTTP API of a Consul agent as far as it was recorded: blocking queries, filters and their index included. */
export class RecordedAgent {
  readonly asked: string[] = [];
  behaviour: 'well' | 'status 500' | 'silent' | 'unfiltered' = 'well';
  private instances: readonly RecordedInstance[] = [];
  private index = 100;
  private readonly waiting = new Set<() => void>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<RecordedAgent> {
    const server = createServer();
    const agent = new RecordedAgent(server);
    server.on('request', (request: IncomingMessage, response: ServerResponse) =>
      agent.answer(request, response),
    );
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return agent;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Something changed in the catalogue; everybody who waits is answered. */
  change(instances: readonly RecordedInstance[], index = this.index + 1): void {
    this.instances = instances;
    this.index = index;
    for (const wake of [...this.waiting]) wake();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://agent');
    this.asked.push(request.url ?? '');
    if (this.behaviour === 'silent') return;
    if (this.behaviour === 'status 500') {
      response.writeHead(500, { 'content-type': 'text/plain' }).end('No cluster leader');
      return;
    }
    if (pathname === '/v1/agent/services') return this.send(response, this.agentServices());
    const respond = (): void => {
      this.waiting.delete(respond);
      this.send(response, this.health(searchParams.get('passing') !== null));
    };
    if (Number(searchParams.get('index')) !== this.index) return respond();
    this.waiting.add(respond);
  }

  private send(response: ServerResponse, body: unknown): void {
    const headers = {
      'content-type': 'application/json',
      'x-consul-index': String(this.index),
      'x-consul-knownleader': 'true',
      'x-consul-lastcontact': '0',
    };
    response.writeHead(200, headers).end(JSON.stringify(body));
  }

  private agentServices() {
    const all = this.instances.map(({ id, meta = {}, tags = ['trimtab'] }) => [
      id,
      registration(id, meta, tags),
    ]);
    const other = { ...registration('redis-1', {}, ['cache']), Service: 'redis' };
    return { ...Object.fromEntries(all), 'redis-1': other };
  }

  private health(passing: boolean) {
    const entries = this.instances.map(
      ({ id, meta = {}, tags = ['trimtab'], status = 'passing', maintenance }) => ({
        Node: { ID: '40e4a748-2192-161a-0510-9bf59fe950b5', Node: 'agent-one', Address: '10.1.10.12' },
        Service: registration(id, meta, tags),
        Checks: [
          check('serfHealth', 'passing'),
          check(`service:${id}`, status, { ServiceID: id, ServiceName: 'analysis' }),
          ...(maintenance ? [check(`_service_maintenance:${id}`, 'critical', { ServiceID: id })] : []),
        ],
      }),
    );
    const healthy = entries.filter(({ Checks }) => Checks.every(({ Status }) => Status === 'passing'));
    return passing && this.behaviour !== 'unfiltered' ? healthy : entries;
  }
}
