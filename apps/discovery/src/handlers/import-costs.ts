import { mkdtemp, rm } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ArtifactRefSchema } from '@trimtab/contracts';
import type { CostImport } from '@trimtab/contracts';
import { Artifacts } from '@trimtab/event-store';
import { Clock, newId } from '@trimtab/kernel';
import type { ArtifactRef } from '@trimtab/kernel';
import { Command, CommandHandler } from '@nestjs/cqrs';
import type { ICommandHandler } from '@nestjs/cqrs';
import { z } from 'zod';
import { BillImports } from '../outbound/bill-imports.repository.js';
import { inspectBill, readBill } from '../outbound/focus-bill.duckdb.js';
import type { BillFile } from '../outbound/bill-file.js';

/** What `trimtab.ask.discovery.import-costs` takes: a path on this machine, or an artifact. */
export const ImportCostsRequest = z.union([
  z.strictObject({ path: z.string().min(1), source: z.string().min(1).max(200).optional() }),
  z.strictObject({ artifact: ArtifactRefSchema, source: z.string().min(1).max(200).optional() }),
]);
export type ImportCostsRequest = z.infer<typeof ImportCostsRequest>;

/** Import one FOCUS bill file. */
export class ImportCosts extends Command<CostImport> {
  constructor(readonly request: ImportCostsRequest) {
    super();
  }
}

/**
 * Errors: `costs.invalid-file` with `{ line, column, reason }` (nothing was imported), `costs.file-not-found`.
 * The same file again changes nothing and answers `unchanged`.
 */
@CommandHandler(ImportCosts)
export class ImportCostsHandler implements ICommandHandler<ImportCosts> {
  constructor(
    private readonly imports: BillImports,
    private readonly artifacts: Artifacts,
    private readonly clock: Clock,
  ) {}

  async execute({ request }: ImportCosts): Promise<CostImport> {
    if ('path' in request) return this.importFile(request.path, request.source);
    return this.withLocalCopy(request.artifact, (path) => this.importFile(path, request.source));
  }

  private async importFile(path: string, source: string | undefined): Promise<CostImport> {
    const file = await inspectBill(path);
    const known = await this.imports.current(file.digest, source);
    if (known) return { ...known, status: 'unchanged' };
    return this.importSound(file, source);
  }

  private async importSound(file: BillFile, source: string | undefined): Promise<CostImport> {
    const bill = await readBill(file, source);
    try {
      const sources = [...new Set(bill.periods.map((period) => period.source))];
      return await this.imports.store({
        requestedSource: source,
        periods: bill.periods,
        facts: bill.facts,
        summary: {
          importId: newId(this.clock),
          source: sources.join(', '),
          format: file.format,
          focusVersion: bill.focusVersion,
          digest: file.digest,
          rows: bill.rows,
          currencies: bill.totals.map((total) => total.currency),
          totals: [...bill.totals],
          importedAt: this.clock.now().toISOString(),
        },
      });
    } finally {
      await bill.close();
    }
  }

  private async withLocalCopy<T>(artifact: ArtifactRef, work: (path: string) => Promise<T>): Promise<T> {
    const folder = await mkdtemp(join(tmpdir(), 'trimtab-import-'));
    try {
      const path = join(folder, 'bill');
      await pipeline(Readable.from(this.artifacts.read(artifact)), createWriteStream(path));
      return await work(path);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
