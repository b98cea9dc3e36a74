import type { GatewayUsageTable } from '../../src/database/schema.ts'

export const hourMs = 3_600_000
/** The first millisecond of a day. */
export const dayStart = Date.UTC(2026, 4, 4)

let made = 0

/** A row as the ledger makes them, with an id of its own. */
export function usageRowOf(rest: Partial<GatewayUsageTable> = {}): GatewayUsageTable {
  return {
    id: `req_${String(made++).padStart(8, '0')}`,
    key_id: 'key_1',
    key_name: 'Zoë 🦊',
    end_user: null,
    service: 'gemma4',
    dialect: 'openai-chat',
    route: '/v1/chat/completions',
    streamed: 1,
    started_at: dayStart,
    queue_ms: 0,
    first_token_ms: 3,
    total_ms: 12,
    prompt_tokens: 10,
    cached_tokens: 4,
    reasoning_tokens: 1,
    completion_tokens: 5,
    images: 0,
    audio_ms: 0,
    web_searches: 0,
    outcome: 'completed',
    finish_reason: 'stop',
    status: 200,
    price_version: '1',
    charge: 30_000,
    estimated: 0,
    ...rest,
  }
}
