import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseWorkflow } from '@trimtab/workflow';
import type { WorkflowDefinition } from '@trimtab/workflow';

/** The definitions that come with the orchestrator. */
export const SHIPPED = join(import.meta.dirname, '../../workflows');

/** Every definition that comes with the orchestrator. Throws `workflow.invalid-definition` with all problems of the first bad file. */
export async function loadWorkflows(): Promise<WorkflowDefinition[]> {
  const files = await filesOf(SHIPPED);
  return Promise.all(files.map(async (file) => parseWorkflow(await readFile(file, 'utf8'))));
}

export interface ReadFile {
  readonly file: string;
  readonly text: string;
}

/** Folders with definitions: tells which files are new or have changed since they were read last. */
export class WorkflowFolders {
  private readonly seen = new Map<string, string>();

  constructor(private readonly folders: readonly string[]) {}

  /** Throws the error of the file system for a folder that cannot be read. */
  async changed(): Promise<ReadFile[]> {
    const files = (await Promise.all(this.folders.map(filesOf))).flat();
    const read = await Promise.all(files.map((file) => this.readChanged(file)));
    return read.flatMap((one) => one ?? []);
  }

  private async readChanged(file: string): Promise<ReadFile | undefined> {
    const { mtimeMs, size } = await stat(file);
    const version = `${mtimeMs} ${size}`;
    if (this.seen.get(file) === version) return undefined;
    const text = await readFile(file, 'utf8');
    this.seen.set(file, version);
    return { file, text };
  }
}

const filesOf = async (folder: string): Promise<string[]> =>
  (await readdir(folder))
    .filter((file) => /\.ya?ml$/.test(file))
    .sort()
    .map((file) => join(folder, file));
