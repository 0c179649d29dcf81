export type XmlValue = string | number | boolean | undefined | XmlObject | readonly XmlValue[];
export interface XmlObject {
  readonly [name: string]: XmlValue;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
};

const escape = (text: string): string => text.replace(/[&<>"\r]/g, (mark) => entities[mark] ?? mark);

/** One element per value: arrays repeat the element, undefined leaves it out. */
export function element(name: string, value: XmlValue, attributes = ''): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map((item: XmlValue) => element(name, item)).join('');
  const inner = typeof value === 'object' ? children(value as XmlObject) : escape(String(value));
  return `<${name}${attributes}>${inner}</${name}>`;
}

export function children(object: XmlObject): string {
  let text = '';
  for (const name in object) text += element(name, object[name]);
  return text;
}

export const document = (root: string): string => `<?xml version="1.0" encoding="UTF-8"?>\n${root}`;
