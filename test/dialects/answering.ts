import { randomBytes } from 'node:crypto'
import type { Caller } from '../../src/chat/caller.ts'
import { createSeal } from '../../src/wire/seal.ts'

/** Who asks in these tests, and the seal between them and the gateway. */
export const caller: Caller = { keyId: 'key-1', keyName: 'test', services: 'all', admin: false }
export const seal = createSeal(randomBytes(32))
