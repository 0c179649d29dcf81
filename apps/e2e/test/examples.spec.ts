/* eslint-disable @nx/enforce-module-boundaries -- examples belong to no project */
/** The specs of examples are theirs; this runs them with ours. */
import '../../../examples/04-add-a-check/detailed-monitoring.spec.js';
