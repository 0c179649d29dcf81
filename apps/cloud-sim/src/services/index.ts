import type { Service } from '../protocols/protocol.js';
import { costExplorer } from './ce/ce.service.js';
import { cloudtrail } from './cloudtrail.service.js';
import { cloudwatch } from './cloudwatch/cloudwatch.service.js';
import { ec2 } from './ec2/ec2.service.js';
import { elb } from './elb/elb.service.js';
import { lambda } from './lambda.service.js';
import { logs } from './logs.service.js';
import { pricing } from './pricing.service.js';
import { rds } from './rds/rds.service.js';
import { s3 } from './s3/s3.service.js';
import { sts } from './sts.service.js';

/** Every simulated service. */
export const services: readonly Service[] = [
  sts,
  ec2,
  cloudtrail,
  rds,
  lambda,
  s3,
  elb,
  cloudwatch,
  logs,
  costExplorer,
  pricing,
];
