declare const part: unique symbol;

/** A message of its own: its fields can be selected one by one, and the whole has a type of its own. */
export interface Part<Fields, Whole> {
  readonly [part]: { readonly kind: 'one'; readonly fields: Fields; readonly whole: Whole };
}

/** As {@link Part}, for a list of messages. */
export interface Parts<Fields, Whole> {
  readonly [part]: { readonly kind: 'many'; readonly fields: Fields; readonly whole: Whole };
}

/** A list inside a message that holds nothing else (`objects.objects`): shown as the list. */
export interface Boxed<Box extends string, Fields, Whole> {
  readonly [part]: { readonly kind: 'boxed'; readonly box: Box; readonly fields: Fields; readonly whole: Whole };
}

type Inner<K extends string, V> =
  V extends Boxed<infer Box, infer F, unknown>
    ? `${K}.${Box}` | `${K}.${Box}.${FieldPath<F>}`
    : V extends Part<infer F, unknown> | Parts<infer F, unknown>
      ? `${K}.${FieldPath<F>}`
      : never;

/** Every path below `Fields`, without `*`. */
export type FieldPath<Fields> = {
  [K in keyof Fields & string]-?: K | Inner<K, Exclude<Fields[K], undefined>>;
}[keyof Fields & string];

/** What a read mask of `Fields` may hold. */
export type MaskPath<Fields> = '*' | FieldPath<Fields>;

type Head<P extends string> = P extends `${infer H}.${string}` ? H : P;
type Below<P extends string, K extends string> = P extends `${K}.${infer R}` ? R : never;

/** A field selected as a whole. */
type WholeOf<V> =
  V extends Part<unknown, infer W>
    ? W
    : V extends Parts<unknown, infer W> | Boxed<string, unknown, infer W>
      ? readonly W[]
      : V;

/** All fields. */
export type Whole<Fields> = { readonly [K in keyof Fields]: WholeOf<Fields[K]> };

type Chosen<V, K extends string, P extends string> =
  V extends Part<infer F, infer W>
    ? K extends P
      ? W
      : Selected<F, Below<P, K>>
    : V extends Parts<infer F, infer W>
      ? K extends P
        ? readonly W[]
        : readonly Selected<F, Below<P, K>>[]
      : V extends Boxed<infer Box, infer F, infer W>
        ? K extends P
          ? readonly W[]
          : `${K}.${Box}` extends P
            ? readonly W[]
            : readonly Selected<F, Below<Below<P, K>, Box>>[]
        : V;

/** The fields of a message that the paths `P` select; the others are absent. */
export type Selected<Fields, P extends string> = '*' extends P
  ? Whole<Fields>
  : { readonly [K in keyof Fields as K extends Head<P> ? K : never]: Chosen<Fields[K], K & string, P> };
