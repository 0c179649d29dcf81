/** What a reader has to know before comparing the systems of a report. */
export const peerDifferences: readonly string[] = [
  'DBOS and Restate run their steps as functions of the process that holds the workflow; a step of Trimtab is a message to a worker in another process and back.',
  'DBOS starts and awaits its workflows in its own process; Trimtab and Restate are called over a socket, and the end of a run of Trimtab is heard as a public event.',
  'DBOS uses the same Postgres server, with its own defaults; Restate keeps its own log, with fsync, and no Postgres.',
  'Trimtab and DBOS take a key that makes a repeated start the same run; Restate is called without one, which costs it less.',
  'Trimtab validates inputs and outputs by schema and exports every span, metric and log to a collector; telemetry of DBOS and Restate is off.',
  'Restate runs on Node 20 with one function of a newer Node added, which its SDK asks for.',
  'CPU-seconds: orchestrator and worker of Trimtab, the application of DBOS, service and server of Restate. Memory: the same, with NATS for Trimtab. Postgres is listed apart.',
];
