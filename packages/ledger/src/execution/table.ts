import type { ObjectId } from '@somakit/core';

interface Identified {
  readonly objectId: ObjectId;
}

/** Up to this many are looked through faster than a Map finds one. */
const FEW = 8;

/**
 * Objects by id, in the order in which they were put. An execution has three or four as a rule and looks at each of them
 * many times, so a few are kept as a plain list. A class, because its parts belong together and there is one a moment.
 */
export class ObjectTable<T extends Identified> {
  // Room for four: an array that is pushed to makes room for 17.
  private slots: (T | undefined)[] = [undefined, undefined, undefined, undefined];
  private byId: Map<ObjectId, T> | undefined;
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** The i-th object. */
  at(i: number): T {
    return this.slots[i] as T;
  }

  get(id: ObjectId): T | undefined {
    if (this.byId !== undefined) return this.byId.get(id);
    for (let i = 0; i < this.count; i++) if (this.slots[i]!.objectId === id) return this.slots[i];
    return undefined;
  }

  has(id: ObjectId): boolean {
    return this.get(id) !== undefined;
  }

  /** Adds an object or replaces the one of its id. */
  put(object: T): void {
    const { objectId } = object;
    if (this.byId === undefined || this.byId.has(objectId)) {
      for (let i = 0; i < this.count; i++) {
        if (this.slots[i]!.objectId !== objectId) continue;
        this.slots[i] = object;
        this.byId?.set(objectId, object);
        return;
      }
    }
    if (this.byId === undefined && this.count === FEW) {
      this.byId = new Map(this.slots.map((each) => [each!.objectId, each!]));
    }
    this.byId?.set(objectId, object);
    this.slots[this.count++] = object;
  }

  delete(id: ObjectId): void {
    if (!this.has(id)) return;
    const slots = this.slots.slice(0, this.count).filter((each) => each!.objectId !== id);
    this.count = slots.length;
    this.slots = slots;
    this.byId?.delete(id);
  }
}

/** A table of these objects. */
export const tableOf = <T extends Identified>(objects: Iterable<T>): ObjectTable<T> => {
  const table = new ObjectTable<T>();
  for (const object of objects) table.put(object);
  return table;
};
