/** Keeps responses that may be asked for again. What belongs to a key is never given to another. */
export interface ResponseStore {
  /** Resolves when it is kept, or will be; never throws. A response that is too large is not kept. */
  put(keyId: string, response: KeptResponse): Promise<void>
  /** Throws `overloaded` where it cannot be looked up now. */
  get(keyId: string, id: string): Promise<KeptResponse | undefined>
  /** False where there is none; throws like `get`. */
  remove(keyId: string, id: string): Promise<boolean>
}

interface KeptResponse {
  /** Unguessable, of up to 64 letters, digits and underscores. */
  readonly id: string
  /** JSON text. */
  readonly text: string
}
