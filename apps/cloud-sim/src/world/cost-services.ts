/** Service names as Cost Explorer shows them. */
export const SERVICE = {
  compute: 'Amazon Elastic Compute Cloud - Compute',
  other: 'EC2 - Other',
  rds: 'Amazon Relational Database Service',
  lambda: 'AWS Lambda',
  s3: 'Amazon Simple Storage Service',
  elb: 'Amazon Elastic Load Balancing',
  watch: 'AmazonCloudWatch',
  vpc: 'Amazon Virtual Private Cloud',
} as const;
