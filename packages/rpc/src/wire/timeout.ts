const UNITS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** The value of `grpc-timeout` for so many milliseconds: at most eight digits and a unit. */
export const encodeTimeout = (ms: number): string => {
  const whole = Math.max(1, Math.ceil(ms));
  if (whole < 100_000_000) return `${whole}m`;
  return `${Math.min(99_999_999, Math.ceil(whole / 1000))}S`;
};

/** Milliseconds of a `grpc-timeout` header, or undefined when it is none. */
export const parseTimeout = (value: string | undefined): number | undefined => {
  const match = value === undefined ? null : /^(\d{1,8})([HMSmun])$/.exec(value);
  return match === null ? undefined : Number(match[1]) * UNITS[match[2]!]!;
};
