import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseWorkflow } from '@trimtab/workflow';
import type { WorkflowDefinition } from '@trimtab/workflow';

/** The definitions that come with the orchestrator. */
export const SHIPPED = join(import.meta.dirname, '../../workflows');

/**
 * Every `*.yaml` that comes with the orchestrator, and of a further folder. Throws `workflow.invalid-definition` with all
 * problems of the first bad file.
 */
export async function loadWorkflows(further?: string): Promise<WorkflowDefinition[]> {
  const files = (await Promise.all([SHIPPED, ...(further ? [further] : [])].map(filesOf))).flat();
  return Promise.all(files.map(async (file) => parseWorkflow(await readFile(file, 'utf8'))));
}

const filesOf = async (folder: string): Promise<string[]> =>
  (await readdir(folder))
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => join(folder, file));
