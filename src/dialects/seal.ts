/**
 * Closes a model's reasoning into one opaque token that a client carries, and that only this gateway opens again, for the
 * same key. A token that was altered, is another key's, or was never ours does not open, and is ignored.
 */
export interface Seal {
  /** Base64url text, about 1.4 times as long as the text. */
  close(text: string, keyId: string): string
  open(token: string, keyId: string): string | undefined
}
