// The group Ristretto255, as far as a set of objects needs it. Source: RFC 9496, sections 4.1 to 4.3, whose names the
// variables have. The tests compare it with noble's, whose numbers are BigInt: this is many times as fast.
import {
  add,
  type Element,
  isNegative,
  isZero,
  multiply,
  negate,
  read,
  small,
  square,
  subtract,
  write,
} from './field.js';

/** A point of the curve: x = X / Z, y = Y / Z, xy = T / Z. Several stand for one of the group. */
export interface Point {
  readonly x: Element;
  readonly y: Element;
  readonly z: Element;
  readonly t: Element;
}

/** From 64 hex digits, most significant first. */
const constant = (hex: string): Element =>
  read(Uint8Array.from({ length: 32 }, (_, i) => Number.parseInt(hex.slice(62 - 2 * i, 64 - 2 * i), 16)));

const ZERO = /* @__PURE__ */ small(0);
const ONE = /* @__PURE__ */ small(1);
const D = /* @__PURE__ */ constant('52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3');
const D2 = /* @__PURE__ */ multiply(D, /* @__PURE__ */ small(2));
const SQRT_M1 = /* @__PURE__ */ constant('2b8324804fc1df0b2b4d00993dfbd7a72f431806ad2fe478c4ee1b274a0ea0b0');
const SQRT_AD_MINUS_ONE = /* @__PURE__ */ constant('376931bf2b8348ac0f3cfcc931f5d1fdaf9d8e0c1b7854bd7e97f6a0497b2e1b');
const INVSQRT_A_MINUS_D = /* @__PURE__ */ constant('786c8905cfaffca216c27b91fe01d8409d2f16175a4172be99c8fdaa805d40ea');
const ONE_MINUS_D_SQ = /* @__PURE__ */ constant('029072a8b2b3e0d79994abddbe70dfe42c81a138cd5e350fe27c09c1945fc176');
const D_MINUS_ONE_SQ = /* @__PURE__ */ constant('5968b37af66c22414cdcd32f529b4eebd29e4a2cb01e199931ad5aaa44ed4d20');

/** The neutral element. */
export const zero: Point = { x: ZERO, y: ONE, z: ONE, t: ZERO };

const absolute = (a: Element): Element => (isNegative(a) ? negate(a) : a);
const equal = (a: Element, b: Element): boolean => isZero(subtract(a, b));

/** a to the power of (p - 5) / 8 = 2^252 - 3. */
const power = (a: Element): Element => {
  // `ones(n)` is a to the power of 2^n - 1: n binary digits 1. Of m and n digits together:
  const join = (high: Element, low: Element, n: number) => multiply(square(high, n), low);
  const ones2 = join(a, a, 1);
  const ones5 = join(join(ones2, ones2, 2), a, 1);
  const ones10 = join(ones5, ones5, 5);
  const ones20 = join(ones10, ones10, 10);
  const ones50 = join(join(ones20, ones20, 20), ones10, 10);
  const ones100 = join(ones50, ones50, 50);
  const ones250 = join(join(ones100, ones100, 100), ones50, 50);
  return join(ones250, a, 2);
};

/** SQRT_RATIO_M1: the square root of u / v that is not negative, or that of SQRT_M1 u / v where u / v has none. */
const sqrtRatio = (u: Element, v: Element): { readonly isSquare: boolean; readonly root: Element } => {
  const v3 = multiply(square(v), v);
  const uv3 = multiply(u, v3);
  const root = multiply(uv3, power(multiply(uv3, square(square(v)))));
  const check = multiply(v, square(root));
  const correct = equal(check, u);
  const minusU = negate(u);
  const flipped = !correct && equal(check, minusU);
  const flippedI = !correct && !flipped && equal(check, multiply(minusU, SQRT_M1));
  return { isSquare: correct || flipped, root: absolute(flipped || flippedI ? multiply(SQRT_M1, root) : root) };
};

/** The function MAP of section 4.3.4. */
const map = (t: Element): Point => {
  const r = multiply(SQRT_M1, square(t));
  const u = multiply(add(r, ONE), ONE_MINUS_D_SQ);
  const rd = multiply(r, D);
  const v = multiply(subtract(negate(ONE), rd), add(r, D));
  const { isSquare, root } = sqrtRatio(u, v);
  const s = isSquare ? root : negate(absolute(multiply(root, t)));
  const c = isSquare ? negate(ONE) : r;
  const n = subtract(multiply(multiply(c, subtract(r, ONE)), D_MINUS_ONE_SQ), v);
  const sv = multiply(s, v);
  const w0 = add(sv, sv);
  const w1 = multiply(n, SQRT_AD_MINUS_ONE);
  const ss = square(s);
  const w2 = subtract(ONE, ss);
  const w3 = add(ONE, ss);
  return { x: multiply(w0, w3), y: multiply(w2, w1), z: multiply(w1, w3), t: multiply(w0, w2) };
};

/** The sum of two points. Hisil and others, "Twisted Edwards Curves Revisited", section 3.1 with a = -1. */
export const sum = (p: Point, q: Point): Point => {
  const a = multiply(subtract(p.y, p.x), subtract(q.y, q.x));
  const b = multiply(add(p.y, p.x), add(q.y, q.x));
  const c = multiply(multiply(p.t, D2), q.t);
  const zz = multiply(p.z, q.z);
  const d = add(zz, zz);
  const e = subtract(b, a);
  const f = subtract(d, c);
  const g = add(d, c);
  const h = add(b, a);
  return { x: multiply(e, f), y: multiply(h, g), z: multiply(g, f), t: multiply(e, h) };
};

/** The point that, added to this one, gives the neutral element. */
export const opposite = ({ x, y, z, t }: Point): Point => ({ x: negate(x), y, z, t: negate(t) });

/** The point of 64 bytes that are uniformly random, such as a hash. */
export const fromUniform = (bytes: Uint8Array): Point =>
  sum(map(read(bytes.subarray(0, 32))), map(read(bytes.subarray(32, 64))));

/** The 32 bytes of a point. */
export const encode = ({ x: x0, y: y0, z: z0, t: t0 }: Point): Uint8Array => {
  const u1 = multiply(add(z0, y0), subtract(z0, y0));
  const u2 = multiply(x0, y0);
  const { root: invsqrt } = sqrtRatio(ONE, multiply(u1, square(u2)));
  const den1 = multiply(invsqrt, u1);
  const den2 = multiply(invsqrt, u2);
  const zInv = multiply(multiply(den1, den2), t0);
  const rotate = isNegative(multiply(t0, zInv));
  const x = rotate ? multiply(y0, SQRT_M1) : x0;
  const y = rotate ? multiply(x0, SQRT_M1) : y0;
  const denInv = rotate ? multiply(den1, INVSQRT_A_MINUS_D) : den2;
  const signed = isNegative(multiply(x, zInv)) ? negate(y) : y;
  return write(absolute(multiply(denInv, subtract(z0, signed))));
};

/** The point of 32 bytes; undefined when they are none's. */
export const decode = (bytes: Uint8Array): Point | undefined => {
  const s = read(bytes);
  // One number below p that is not negative stands for each point, and its bytes are what it writes.
  const isCanonical = write(s).every((byte, i) => byte === bytes[i]);
  if (!isCanonical || isNegative(s)) return undefined;
  const ss = square(s);
  const u1 = subtract(ONE, ss);
  const u2 = add(ONE, ss);
  const u2Squared = square(u2);
  const v = subtract(negate(multiply(D, square(u1))), u2Squared);
  const { isSquare, root: invsqrt } = sqrtRatio(ONE, multiply(v, u2Squared));
  const denX = multiply(invsqrt, u2);
  const denY = multiply(multiply(invsqrt, denX), v);
  const x = absolute(multiply(add(s, s), denX));
  const y = multiply(u1, denY);
  const t = multiply(x, y);
  if (!isSquare || isNegative(t) || isZero(y)) return undefined;
  return { x, y, z: ONE, t };
};
