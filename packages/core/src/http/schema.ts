/** The validation interface that zod, valibot, arktype and others share (https://standardschema.dev). */
export interface StandardSchema<T> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<T> | Promise<StandardResult<T>>;
    readonly types?: { readonly input: unknown; readonly output: T } | undefined;
  };
}

type StandardResult<T> =
  | { readonly value: T; readonly issues?: undefined }
  | {
      readonly issues: readonly {
        readonly message: string;
        readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
      }[];
    };

/** What checks a value and gives its type: a Standard Schema, an object with `parse`, or a function that throws. */
export type Schema<T> = StandardSchema<T> | { parse(value: unknown): T } | ((value: unknown) => T);

/** One thing that a schema found wrong. */
export interface Problem {
  /** Where, such as `items.3.id`; empty for the value itself. */
  readonly path: string;
  readonly message: string;
}

const isStandard = <T>(schema: Schema<T>): schema is StandardSchema<T> => '~standard' in schema;

/** The value by its schema, or what is wrong with it. */
export const checkSchema = async <T>(
  schema: Schema<T>,
  value: unknown,
): Promise<
  | { readonly value: T; readonly problems?: undefined }
  | { readonly problems: readonly Problem[]; readonly cause?: unknown }
> => {
  if (isStandard(schema)) {
    const result = await schema['~standard'].validate(value);
    if (result.issues === undefined) return { value: result.value };
    const problems = result.issues.map(({ message, path = [] }) => ({
      path: path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.'),
      message,
    }));
    return { problems };
  }
  try {
    return { value: typeof schema === 'function' ? schema(value) : schema.parse(value) };
  } catch (cause) {
    return { problems: [{ path: '', message: cause instanceof Error ? cause.message : 'refused' }], cause };
  }
};
