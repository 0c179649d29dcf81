import type { Service } from '../../protocols/protocol.js';
import { awsQuery } from '../../protocols/query.protocol.js';
import { createLoadBalancer, deleteLoadBalancer } from './actions.elb.js';
import {
  describeListeners,
  describeLoadBalancers,
  describeTags,
  describeTargetGroups,
  describeTargetHealth,
} from './reads.elb.js';

export const elb: Service = {
  scope: 'elasticloadbalancing',
  protocol: awsQuery('http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/'),
  operations: {
    DescribeLoadBalancers: describeLoadBalancers,
    DescribeTargetGroups: describeTargetGroups,
    DescribeTargetHealth: describeTargetHealth,
    DescribeListeners: describeListeners,
    DescribeTags: describeTags,
    CreateLoadBalancer: createLoadBalancer,
    DeleteLoadBalancer: deleteLoadBalancer,
  },
};
