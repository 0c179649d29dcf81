/**
 * `fast-check` as specs import it: properties try the same examples each time, so that none fails by luck.
 * TRIMTAB_TEST_SEED takes others: `TRIMTAB_TEST_SEED=$RANDOM node tools/jest.mjs unit`.
 */
import fc from '../node_modules/fast-check/lib/fast-check.js';

fc.configureGlobal({ seed: Number(process.env.TRIMTAB_TEST_SEED ?? 1) });

export default fc;
