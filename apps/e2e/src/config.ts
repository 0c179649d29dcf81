/** The environment of the test run, which the programs under test inherit. */
export const environment: Readonly<NodeJS.ProcessEnv> = process.env;
