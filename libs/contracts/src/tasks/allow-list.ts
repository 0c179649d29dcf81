/** Names that are allowed; `any` allows all. */
export type AllowList = 'any' | readonly string[];

/** The one name `any` allows all. */
export const allowListOf = (names: readonly string[]): AllowList =>
  names.length === 1 && names[0] === 'any' ? 'any' : names;

/** A program is allowed by the very name or path that the task gives. */
export const allowsProgram = (list: AllowList, command: string): boolean =>
  list === 'any' || list.includes(command);

/**
 * A host is allowed by its name, by `*.example.com` (any name below it) or, when the entry has a port, by name and
 * port. Addresses by which machines of a cloud hand out their own credentials must be named: `any` leaves them out.
 */
export function allowsHost(list: AllowList, url: URL): boolean {
  const { hostname, port, protocol } = url;
  if (list === 'any') return !isLinkLocal(hostname);
  const address = `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
  return list.some((entry) => entry === hostname || entry === address || isBelow(entry, hostname));
}

const isBelow = (entry: string, hostname: string): boolean =>
  entry.startsWith('*.') && hostname.endsWith(entry.slice(1));

/** 169.254/16, fe80::/10 and the metadata address of EC2 in IPv6; URLs write every form of an address in one way. */
const isLinkLocal = (hostname: string): boolean =>
  /^169\.254\./.test(hostname) || /^\[(fe[89ab]|fd00:ec2:|::ffff:a9fe:)/i.test(hostname);
