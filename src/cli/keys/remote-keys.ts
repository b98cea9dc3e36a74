import type { KeyAdmin, Page } from '../../chat/key-admin.ts'
import type { AuditRecord, MadeKey, ShownKey } from '../../chat/key-shapes.ts'
import type { GatewayApi } from '../api/gateway-api.ts'

/** Keys at a gateway that runs somewhere, through its admin API. Throws CliError. */
export function createRemoteKeys({ must, may }: GatewayApi): KeyAdmin {
  const keys = '/admin/v1/keys'
  const one = (id: string) => `${keys}/${encodeURIComponent(id)}`
  return {
    create: (draft) => must<MadeKey>({ method: 'POST', path: keys, body: draft }),
    list: (query) => must<Page<ShownKey>>({ method: 'GET', path: keys, query }),
    // Addresses lose such ends, and would then lead to the list.
    show: async (id) => (/^\.{0,2}$/.test(id) ? undefined : may<ShownKey>({ method: 'GET', path: one(id) })),
    update: (id, change) => may<ShownKey>({ method: 'PATCH', path: one(id), body: change }),
    rotate: (id, rotation) => may<MadeKey>({ method: 'POST', path: `${one(id)}/rotate`, body: rotation }),
    revoke: (id) => may<ShownKey>({ method: 'DELETE', path: one(id) }),
    audit: (query) => must<Page<AuditRecord>>({ method: 'GET', path: '/admin/v1/audit', query }),
  }
}
