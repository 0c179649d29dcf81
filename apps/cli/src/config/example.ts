/** What `config init` writes. Every key that is left out has the default that `config show` prints. */
export const EXAMPLE = `# Trimtab configuration. Precedence: flag > environment variable > this file > default.
# \`trimtab config validate\` checks it, \`trimtab config show --origin\` says where each value comes from.
cloud:
  accounts:
    - id: "111122223333"
      name: production
      # Role to assume for reading; without it the credentials of your environment are used.
      # readRoleArn: arn:aws:iam::111122223333:role/TrimtabRead
      # A separate role for live actions.
      # actRoleArn: arn:aws:iam::111122223333:role/TrimtabAct
  regions: [us-east-1, eu-west-1]

scan:
  services: [ec2, ebs, rds, lambda, s3, elb, cloudwatch-logs]
  lookbackDays: 14

costs:
  source: cost-explorer # or: imported (trimtab costs import FILE)
  historyDays: 120

optimization:
  # Thresholds by check; regions.<name>.<check> overrides them for one region.
  thresholds:
    EBS-01: { unattachedDays: 32 }
  disabledChecks: []

anomaly:
  minimumImpact: 50
  minimumScore: 4

budgets:
  - name: company
    currency: USD
    monthlyLimit: "100000"
    children:
      - name: production
        monthlyLimit: "80000"
        match: { accountIds: ["111122223333"] }

execution:
  mode: dry-run # a live run also needs --live
  maxRisk: H

# What runs when; \`trimtab up\` and \`trimtab schedules apply\` make what is enabled.
schedules:
  daily-optimization: { enabled: false, timeZone: UTC }

environments:
  staging:
    execution: { maxRisk: L }
`;
