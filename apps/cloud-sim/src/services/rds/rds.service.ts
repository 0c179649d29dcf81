import type { Service } from '../../protocols/protocol.js';
import { awsQuery } from '../../protocols/query.protocol.js';
import { modifyDbInstance, startDbInstance, stopDbInstance } from './actions.rds.js';
import { describeDbInstances, describeDbSnapshots, listTagsForResource } from './databases.rds.js';

export const rds: Service = {
  scope: 'rds',
  protocol: awsQuery('http://rds.amazonaws.com/doc/2014-10-31/'),
  operations: {
    DescribeDBInstances: describeDbInstances,
    DescribeDBSnapshots: describeDbSnapshots,
    ListTagsForResource: listTagsForResource,
    StopDBInstance: stopDbInstance,
    StartDBInstance: startDbInstance,
    ModifyDBInstance: modifyDbInstance,
  },
};
