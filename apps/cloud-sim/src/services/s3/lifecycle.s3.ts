import { XMLParser } from 'fast-xml-parser';
import { AwsError } from '../../aws-error.js';
import type { S3Output } from '../../protocols/rest-xml.protocol.js';
import type { RestInput } from '../../protocols/rest.js';
import type { XmlObject } from '../../protocols/xml.js';
import type { Call } from '../../simulation.js';
import type { LifecycleRule } from '../../world/world.js';
import { needBucket } from './bucket.s3.js';
import type { RuleXml } from './lifecycle-rule.s3.js';
import { malformed, parseRule, ruleXml } from './lifecycle-rule.s3.js';

const bucketKind = 'AWS::S3::Bucket';
const parser = new XMLParser({ isArray: (name) => name === 'Rule', parseTagValue: false });

/** Rules that came through the API are given back whole; the world keeps only the parts that cost money. */
export function getBucketLifecycleConfiguration(call: Call, input: RestInput): S3Output {
  const { name, lifecycle } = needBucket(call, input);
  if (!lifecycle) {
    throw new AwsError('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist', 404);
  }
  const Rule = call.simulation.side.lifecycles.get(name) ?? lifecycle.map(ruleXml);
  return { root: 'LifecycleConfiguration', content: { Rule } };
}

export function putBucketLifecycleConfiguration(call: Call, input: RestInput): S3Output {
  const bucket = needBucket(call, input);
  const rules = readRules(input.body);
  bucket.lifecycle = uniqueById(rules.map(parseRule));
  const whole = rules.map((rule, i) => ({ ...rule, ID: bucket.lifecycle?.[i]?.id }));
  call.simulation.side.lifecycles.set(bucket.name, whole as object[] as XmlObject[]);
  call.simulation.record(call, bucketKind, bucket.name);
  return {};
}

export function deleteBucketLifecycle(call: Call, input: RestInput): S3Output {
  const bucket = needBucket(call, input);
  delete bucket.lifecycle;
  call.simulation.side.lifecycles.delete(bucket.name);
  call.simulation.record(call, bucketKind, bucket.name);
  return { status: 204 };
}

function readRules(body: Buffer): RuleXml[] {
  const parsed = parser.parse(body.toString('utf8')) as { LifecycleConfiguration?: { Rule?: RuleXml[] } };
  const rules = parsed.LifecycleConfiguration?.Rule;
  if (!rules || rules.length === 0) throw malformed();
  return rules;
}

function uniqueById(rules: LifecycleRule[]): LifecycleRule[] {
  if (new Set(rules.map((rule) => rule.id)).size === rules.length) return rules;
  throw new AwsError('InvalidArgument', 'Rule ID must be unique. Found same ID for one or more rules');
}
