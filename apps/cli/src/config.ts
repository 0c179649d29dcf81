/** The process environment: the one place of the CLI that reads it. */
export const environment: NodeJS.ProcessEnv = process.env;
