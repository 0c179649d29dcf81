export type * from './log/event.js';
export { EventAppender, EventFeed, EventLog } from './log/event-log.port.js';
export type { Lease } from './log/event-log.port.js';
export type { LeaseListener, LeaseOptions, LostReason } from './leases/leases.port.js';
export { rowsOf, sqlOf } from './sql/sql.js';
export type { Sql } from './sql/sql.js';
export { createPool, withTransaction } from './sql/pool.js';
export type { PoolOptions, TransactionOptions } from './sql/pool.js';
export { migrate } from './sql/migrate.js';
export type { MigrateOptions, Migration } from './sql/migrate.js';
export { eventLogMigrations } from './log/event-log.migrations.js';
export { workerMigrations } from './worker/worker.migrations.js';
export { DeadLetterRows, Inbox, Outbox } from './worker/worker.port.js';
export type * from './worker/worker.port.js';
export { Artifacts, NDJSON, digestOf } from './artifacts/artifacts.port.js';
export type { Content, PutOptions } from './artifacts/artifacts.port.js';
export { PostgresEventLog, openEventLog } from './log/event-log.postgres.js';
export { RunArchive } from './log/run-archive.postgres.js';
export type { ArchivableCount } from './log/run-archive.postgres.js';
export type { OpenLogOptions } from './log/event-log.postgres.js';
export { EventWriter } from './writer/event-writer.js';
export type { EventWriterOptions, WriterStats } from './writer/event-writer.js';
export { PartitionLeases } from './leases/partition-leases.js';
export { project, projectionMigrations } from './log/projection.js';
export type { Projection, ProjectionOptions } from './log/projection.js';
export { GroupedClaims, GroupedCompletions } from './worker/grouped-commits.js';
export { PostgresInbox } from './worker/inbox.postgres.js';
export { PostgresOutbox } from './worker/outbox.postgres.js';
export { PostgresDeadLetterRows } from './worker/dead-letters.postgres.js';
export { PostgresArtifacts, openArtifacts } from './artifacts/artifacts.postgres.js';
export type { ArtifactStoreOptions } from './artifacts/artifacts.postgres.js';
export { PostgresTransactions, Transactions } from './sql/transactions.js';
export {
  ARCHIVE_TYPE,
  ARCHIVE_TYPES,
  inspectArchive,
  packArchive,
  unpackArchive,
} from './archive/archive-file.js';
export type { ArchiveContent, ArchiveLine, ArchivedRun } from './archive/archive-file.js';
