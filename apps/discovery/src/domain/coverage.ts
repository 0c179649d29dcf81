import type { CoverageEntry, ScannedService } from '@trimtab/contracts';
import type { ErrorInfo } from '@trimtab/kernel';

/** What one service's scan came to, before it is written down. */
export interface ServiceScan {
  readonly service: ScannedService;
  readonly resources: number;
  readonly calls: number;
  /** Why the list ended early; what was read before it is kept. */
  readonly listError?: ErrorInfo;
  /** Why something about listed resources (metrics, history) is missing. */
  readonly detailError?: ErrorInfo;
}

/** `failed` = nothing could be listed; `partial` = a part of the list or of the details is missing. */
export function coverageOf(
  scope: { accountId: string; region: string },
  scan: ServiceScan,
  scannedAt: string,
): CoverageEntry {
  const error = scan.listError ?? scan.detailError;
  return {
    accountId: scope.accountId,
    region: scope.region,
    service: scan.service,
    status: statusOf(scan),
    resources: scan.resources,
    calls: scan.calls,
    scannedAt,
    ...(error ? { error: { ...error } } : {}),
  };
}

function statusOf({ listError, detailError, resources }: ServiceScan): CoverageEntry['status'] {
  if (listError && resources === 0) return 'failed';
  return listError || detailError ? 'partial' : 'scanned';
}

/** The entry of a service that the settings leave out. */
export const skippedCoverage = (
  scope: { accountId: string; region: string },
  service: ScannedService,
  scannedAt: string,
): CoverageEntry => ({
  accountId: scope.accountId,
  region: scope.region,
  service,
  status: 'skipped',
  resources: 0,
  calls: 0,
  scannedAt,
});

/** Whether nothing at all could be read, and all reasons may pass: then the task should be tried again. */
export const worthAnotherTry = (coverage: readonly CoverageEntry[]): boolean => {
  const tried = coverage.filter((entry) => entry.status !== 'skipped');
  return (
    tried.length > 0 && tried.every((entry) => entry.status === 'failed' && entry.error?.retry === 'later')
  );
};
