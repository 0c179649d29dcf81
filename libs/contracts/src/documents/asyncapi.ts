import { z } from 'zod';
import { streams } from '../bus/streams.js';
import { eventContracts } from '../events/registry.js';
import type { EventType } from '../events/registry.js';
import { peopleCommands } from '../people/commands.js';
import { taskContracts } from '../tasks/registry.js';
import { TASK_COMMAND, TASK_RESULT } from '../bus/messages.js';
import type { JsonSchema } from './schemas.js';

type Node = { [key: string]: unknown };

const VERSION = '1.0.0';
const plain = (type: z.ZodType): Node =>
  z.toJSONSchema(type, { io: 'input', unrepresentable: 'any', target: 'draft-7' }) as Node;
const key = (text: string): string => text.replace(/[^A-Za-z0-9]+/g, '_');

/** Attributes of every envelope (CloudEvents 1.0, structured mode) around the `data` of a message. */
function envelope(type: string, data: Node): JsonSchema {
  const text = { type: 'string' };
  return {
    type: 'object',
    required: ['specversion', 'id', 'source', 'type', 'time', 'data'],
    properties: {
      specversion: { const: '1.0' },
      id: text,
      source: text,
      type: { const: type },
      subject: text,
      time: { type: 'string', format: 'date-time' },
      traceparent: text,
      correlationid: text,
      causationid: text,
      runid: text,
      taskid: text,
      attempt: { type: 'integer' },
      fencetoken: text,
      sequence: text,
      data,
    },
  };
}

const message = (type: string, title: string, data: Node): Node => ({
  name: type,
  title,
  contentType: 'application/cloudevents+json',
  payload: { schemaFormat: 'application/vnd.aai.asyncapi+json;version=3.0.0', schema: envelope(type, data) },
});

interface Channel {
  readonly id: string;
  readonly address: string;
  readonly stream?: string;
  readonly action: 'send' | 'receive';
  readonly summary: string;
  readonly message: Node;
}

const eventChannels = (): Channel[] =>
  Object.keys(eventContracts).map((type) => ({
    id: `event_${key(type)}`,
    address: type.replace(/^trimtab\./, 'trimtab.evt.'),
    stream: 'EVT',
    action: 'send',
    summary: `Public event ${type}`,
    message: message(type, type, plain(eventContracts[type as EventType])),
  }));

const taskChannels = (): Channel[] =>
  Object.entries(taskContracts).flatMap(([type, { input, output }]) => {
    const [service = '', action = ''] = type.split('.');
    const command = {
      type: 'object',
      properties: { type: { const: type }, input: plain(input), replyTo: { type: 'string' } },
    };
    const result = { type: 'object', properties: { status: { type: 'string' }, output: plain(output) } };
    return [
      {
        id: `command_${key(type)}`,
        address: `trimtab.cmd.${service}.{pool}.${action}`,
        stream: 'CMD',
        action: 'receive' as const,
        summary: `Command of the task ${type}`,
        message: message(TASK_COMMAND, type, command),
      },
      {
        id: `result_${key(type)}`,
        address: 'trimtab.res.{partition}.{runId}',
        stream: 'RES',
        action: 'send' as const,
        summary: `Result of the task ${type}`,
        message: message(TASK_RESULT, type, result),
      },
    ];
  });

const peopleChannels = (): Channel[] =>
  Object.entries(peopleCommands).map(([name, { request }]) => ({
    id: `people_${key(name)}`,
    address: `trimtab.people.${name}`,
    action: 'receive',
    summary: `Request/reply: ${name}, answered after the commit`,
    message: message(`trimtab.people.${name}.v1`, name, plain(request)),
  }));

/** The AsyncAPI 3.0 document of everything on the bus, with its JetStream streams. */
export function asyncApiDocument(): Node {
  const channels = [...eventChannels(), ...taskChannels(), ...peopleChannels()];
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Trimtab bus',
      version: VERSION,
      description:
        'Events for anybody, commands and results between services, requests of people. CloudEvents 1.0 over NATS JetStream.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/cloudevents+json',
    servers: { local: { host: 'localhost:4222', protocol: 'nats' } },
    channels: Object.fromEntries(channels.map((one) => [one.id, channelOf(one)])),
    operations: Object.fromEntries(
      channels.map((one) => [
        `${one.action}_${one.id}`,
        { action: one.action, summary: one.summary, channel: { $ref: `#/channels/${one.id}` } },
      ]),
    ),
    'x-nats-jetstream': { streams },
  };
}

function channelOf({ address, message: content, stream }: Channel): Node {
  const names = [...address.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const parameters = Object.fromEntries(
    names.map((name) => [name, { description: PARAMETERS[name] ?? name }]),
  );
  return {
    address,
    messages: { message: content },
    ...(names.length > 0 ? { parameters } : {}),
    ...(stream ? { 'x-nats-jetstream': { stream } } : {}),
  };
}

const PARAMETERS: Readonly<Record<string, string>> = {
  pool: 'Pool of workers; `default` unless the task is routed',
  partition: 'Partition of the run',
  runId: 'Id of the run',
};
