import { AwsError } from '../../aws-error.js';
import type { QueryInput } from '../../protocols/query-input.js';
import type { XmlObject } from '../../protocols/xml.js';
import type { Call } from '../../simulation.js';
import type { InstanceType } from '../../world/world.js';
import { applyFilters, pageOf, selectIds } from './filters.ec2.js';

export function describeRegions(call: Call, input: QueryInput): XmlObject {
  const regions = call.simulation.world.regions.map((name) => ({ name, tags: {} }));
  const missing = (id: string) => new AwsError('InvalidParameterValue', `Invalid region provided: ${id}`);
  const chosen = selectIds(regions, input.list('RegionName'), (region) => region.name, missing);
  const found = applyFilters(chosen, input, {
    'region-name': (region) => region.name,
    'opt-in-status': () => 'opt-in-not-required',
    endpoint: (region) => endpoint(region.name),
  });
  const item = found.map(({ name }) => ({
    regionName: name,
    regionEndpoint: endpoint(name),
    optInStatus: 'opt-in-not-required',
  }));
  return { regionInfo: { item } };
}

const endpoint = (region: string): string => `ec2.${region}.amazonaws.com`;

export function describeAvailabilityZones(call: Call): XmlObject {
  const item = ['a', 'b', 'c'].map((letter, i) => ({
    zoneName: `${call.region}${letter}`,
    zoneId: `${call.region}-az${i + 1}`,
    zoneState: 'available',
    regionName: call.region,
    groupName: call.region,
    networkBorderGroup: call.region,
    zoneType: 'availability-zone',
    optInStatus: 'opt-in-not-required',
    messageSet: '',
  }));
  return { availabilityZoneInfo: { item } };
}

/** The simulated company has no NAT gateways. */
export const describeNatGateways = (): XmlObject => ({ natGatewaySet: '' });

export function describeInstanceTypes(call: Call, input: QueryInput): XmlObject {
  const types = call.simulation.world.instanceTypes.map((type) => ({ ...type, tags: {} }));
  const missing = (id: string) =>
    new AwsError('InvalidInstanceType', `The following supplied instance types do not exist: [${id}]`);
  const chosen = selectIds(types, input.list('InstanceType'), (type) => type.name, missing);
  const found = applyFilters(chosen, input, {
    'instance-type': (type) => type.name,
    'current-generation': (type) => type.currentGeneration,
    'burstable-performance-supported': (type) => type.burstable,
    'instance-storage-supported': (type) => type.instanceStorage,
    hypervisor: (type) => type.hypervisor,
    'processor-info.supported-architecture': (type) => type.architecture,
    'vcpu-info.default-vcpus': (type) => type.vcpu,
    'memory-info.size-in-mib': (type) => type.memoryMiB,
    'bare-metal': () => false,
  });
  return pageOf(found, input, (type) => type.name, typeXml, { set: 'instanceTypeSet', max: 100 });
}

function typeXml(type: InstanceType): XmlObject {
  return {
    instanceType: type.name,
    currentGeneration: type.currentGeneration,
    supportedUsageClasses: { item: ['on-demand', 'spot'] },
    supportedRootDeviceTypes: { item: ['ebs'] },
    supportedVirtualizationTypes: { item: ['hvm'] },
    bareMetal: false,
    hypervisor: type.hypervisor,
    processorInfo: {
      supportedArchitectures: { item: [type.architecture] },
      sustainedClockSpeedInGhz: type.clockGHz,
    },
    vCpuInfo: { defaultVCpus: type.vcpu },
    memoryInfo: { sizeInMiB: type.memoryMiB },
    instanceStorageSupported: type.instanceStorage,
    ebsInfo: ebsInfo(type),
    networkInfo: networkInfo(type),
    burstablePerformanceSupported: type.burstable,
  };
}

function ebsInfo(type: InstanceType): XmlObject {
  return {
    ebsOptimizedSupport: 'default',
    encryptionSupport: 'supported',
    ebsOptimizedInfo: {
      baselineBandwidthInMbps: type.ebsBaselineMbps,
      baselineThroughputInMBps: type.ebsBaselineMbps / 8,
      baselineIops: type.ebsBaselineIops,
      maximumBandwidthInMbps: type.ebsBaselineMbps,
      maximumThroughputInMBps: type.ebsBaselineMbps / 8,
      maximumIops: type.ebsBaselineIops,
    },
    nvmeSupport: type.hypervisor === 'nitro' ? 'required' : 'unsupported',
  };
}

function networkInfo(type: InstanceType): XmlObject {
  const baseline = type.networkBaselineMbps / 1000;
  const peak = type.networkPeakMbps / 1000;
  const networkPerformance = peak > baseline ? `Up to ${peak} Gigabit` : `${peak} Gigabit`;
  return {
    networkPerformance,
    maximumNetworkCards: 1,
    defaultNetworkCardIndex: 0,
    networkCards: {
      item: {
        networkCardIndex: 0,
        networkPerformance,
        baselineBandwidthInGbps: baseline,
        peakBandwidthInGbps: peak,
      },
    },
    enaSupport: type.hypervisor === 'nitro' ? 'required' : 'supported',
  };
}
