// The shop's own memory. `localStorage` holds what outlives the visit, `sessionStorage` what does not.

/** A value kept under one key, read anew each time: another page may have changed it. */
export class Kept<T> {
  constructor(
    private readonly storage: Storage,
    private readonly key: string,
    private readonly empty: T,
  ) {}

  get(): T {
    const raw = this.storage.getItem(this.key);
    if (raw === null) return structuredClone(this.empty);
    try {
      return JSON.parse(raw) as T;
    } catch {
      return structuredClone(this.empty);
    }
  }

  set(value: T): void {
    this.storage.setItem(this.key, JSON.stringify(value));
  }

  clear(): void {
    this.storage.removeItem(this.key);
  }
}
