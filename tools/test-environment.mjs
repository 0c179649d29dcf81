import vm from 'node:vm';
import { TestEnvironment as NodeEnvironment } from 'jest-environment-node';

/**
 * The environment of Node, whose globals are properties of an ordinary global object. Jest's own come through interceptors
 * and a proxy, which makes each use of `Map` or `JSON` a call: what computes much takes a fifth longer there.
 */
export default class PlainGlobals extends NodeEnvironment {
  constructor(config, context) {
    const { createContext } = vm;
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(config, context);
    } finally {
      vm.createContext = createContext;
    }
  }
}
