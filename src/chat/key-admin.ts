import type { Caller } from './caller.ts'
import type {
  AuditQuery,
  AuditRecord,
  KeyChange,
  KeyDraft,
  KeyQuery,
  MadeKey,
  Rotation,
  ShownKey,
} from './key-shapes.ts'

/**
 * Who manages keys. The owner holds the administrator's own key or the machine itself and needs no other right; a key's
 * rights are looked up with the change, so that one that was revoked a moment ago changes nothing any more.
 */
export type Actor =
  | { readonly is: 'owner'; readonly id: string; readonly name: string }
  | { readonly is: 'key'; readonly id: string }

/** The administrator's own key, which is in no table; the ids of others begin with `key_` or are a table's own. */
export const ownerId = 'admin'

/** Only what the ring itself says may pass for the owner: an adopted table may call a key anything. */
export function actorOf({ keyId, keyName, admin }: Caller): Actor {
  return admin && keyId === ownerId ? { is: 'owner', id: keyId, name: keyName } : { is: 'key', id: keyId }
}

export interface Page<Item> {
  readonly data: readonly Item[]
  /** Null at the end. */
  readonly next_cursor: string | null
}

/**
 * Managing keys. Undefined stands for a key that does not exist. Throws GatewayError: `invalid-request` with the field,
 * `forbidden-service` for what the actor may not do, `keys-unavailable` while the database is away.
 */
export interface KeyAdmin {
  create(draft: KeyDraft, actor: Actor): Promise<MadeKey>
  list(query: KeyQuery): Promise<Page<ShownKey>>
  show(id: string): Promise<ShownKey | undefined>
  update(id: string, change: KeyChange, actor: Actor): Promise<ShownKey | undefined>
  /** Gives the key a new secret; the old one works until the overlap is over. */
  rotate(id: string, rotation: Rotation, actor: Actor): Promise<MadeKey | undefined>
  /** Ends a key for good; its row and its history stay. */
  revoke(id: string, actor: Actor): Promise<ShownKey | undefined>
  /** The newest first. */
  audit(query: AuditQuery): Promise<Page<AuditRecord>>
}
