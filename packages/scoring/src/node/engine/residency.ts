/** Something that was opened and must be closed. */
interface Resident<T> {
  readonly value: T;
  /** Bytes of memory that it holds. */
  readonly bytes: number;
  /** False when it was lost from outside; it is then opened anew. */
  usable(): boolean;
  close(): Promise<void>;
}

interface Held<T> {
  opening: Promise<Resident<T>>;
  resident: Resident<T> | undefined;
  bytes: number;
  users: number;
}

/** Keeps what was used last, up to a budget of memory. */
export interface Residency<T> {
  /** Runs `use` with the value of `key`, opened when it is not there. It is not closed meanwhile. */
  with<R>(key: string, open: () => Promise<Resident<T>>, use: (value: T) => Promise<R>): Promise<R>;
  /** Closes it when nobody uses it. */
  drop(key: string): Promise<void>;
  readonly bytes: number;
  readonly count: number;
  close(): Promise<void>;
}

export const createResidency = <T>(budgetBytes: number): Residency<T> => {
  // Insertion order is the order of use.
  const held = new Map<string, Held<T>>();
  const bytes = () => [...held.values()].reduce((sum, each) => sum + each.bytes, 0);
  const remove = async (key: string, entry: Held<T>): Promise<void> => {
    if (held.get(key) === entry) held.delete(key);
    const resident = await entry.opening.catch(() => undefined);
    await resident?.close();
  };
  const evict = async (): Promise<void> => {
    for (const [key, entry] of held) {
      if (bytes() <= budgetBytes) return;
      if (entry.users === 0) await remove(key, entry);
    }
  };
  return {
    get bytes() {
      return bytes();
    },
    get count() {
      return held.size;
    },
    async with(key, open, use) {
      let entry = held.get(key);
      if (entry?.resident?.usable() === false) {
        await remove(key, entry);
        entry = held.get(key);
      }
      if (entry === undefined) {
        const created: Held<T> = { opening: open(), resident: undefined, bytes: 0, users: 0 };
        entry = created;
        created.opening.then(
          (resident) => {
            created.resident = resident;
            created.bytes = resident.bytes;
          },
          () => {
            if (held.get(key) === created) held.delete(key);
          },
        );
      }
      held.delete(key);
      held.set(key, entry);
      entry.users += 1;
      try {
        const { value } = await entry.opening;
        await evict();
        return await use(value);
      } finally {
        entry.users -= 1;
        await evict();
      }
    },
    async drop(key) {
      const entry = held.get(key);
      if (entry !== undefined && entry.users === 0) await remove(key, entry);
    },
    async close() {
      for (const [key, entry] of [...held]) await remove(key, entry);
    },
  };
};
