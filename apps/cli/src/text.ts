// What a server sends must not steer the terminal that shows it.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text with its control characters (but not line ends) made visible. */
export const visible = (text: string): string =>
  text.replace(CONTROL, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** One line of at most `width` signs. */
export const oneLine = (text: string, width: number): string => {
  const signs = [...visible(text.replace(/\s+/g, ' ').trim())];
  return signs.length <= width ? signs.join('') : `${signs.slice(0, width - 1).join('')}…`;
};

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** A size for people, in steps of 1024: `1.3 GB`. */
export const formatBytes = (bytes: number): string => {
  const step = bytes < 1024 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return step === 0 ? `${bytes} B` : `${(bytes / 1024 ** step).toFixed(1)} ${UNITS[step]}`;
};

const SPANS: readonly (readonly [number, string])[] = [
  [31_557_600_000, 'y'],
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
];

/** `5 d ago`, `in 3 h`, `now`. */
export const relativeTime = (date: Date, now = Date.now()): string => {
  const ms = date.getTime() - now;
  const span = SPANS.find(([size]) => Math.abs(ms) >= size);
  if (span === undefined) return 'now';
  const text = `${Math.floor(Math.abs(ms) / span[0])} ${span[1]}`;
  return ms < 0 ? `${text} ago` : `in ${text}`;
};

const SIGNED = /^(https?:\/\/[^\s?]+)\?\S*(?:signature|sig|token|credential)=/i;

/** A copy in which signed links, which let whoever has them read, have lost their signature. */
export const hideSignedLinks = <T>(value: T): T => {
  if (typeof value === 'string') {
    const link = SIGNED.exec(value)?.[1];
    return (link === undefined ? value : `${link}?<signed>`) as T;
  }
  if (Array.isArray(value)) return value.map(hideSignedLinks) as T;
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, hideSignedLinks(each)])) as T;
};
