import * as z from 'zod'
import { createRouteLook } from './missing-route.ts'
import type { ModelServers } from './model-servers.ts'
import { createServerCards, type ServerCards } from './server-cards.ts'
import { notReady, type UpstreamState } from './server-looks.ts'
import type { SpeechServerKind } from './transcription-form.ts'
import type { VllmServer } from './vllm-server.ts'

/** What is known of the servers of a speech service. */
interface SpeechCard {
  readonly kind: SpeechServerKind
  readonly model: string
}

export type SpeechServers = ServerCards<SpeechCard>

export interface SpeechServersOptions {
  readonly servers: ModelServers
  /** The owner's words, which beat what the servers say. */
  readonly kind: 'auto' | SpeechServerKind
  readonly model: string | null
  onChange(state: UpstreamState, cause: unknown): void
}

/** whisper.cpp has no word for its model; clients call it this. */
const whisperModel = 'whisper-1'
const textMaxLength = 65_536

const whisperHealth = z.object({ status: z.string() })
const modelList = z.object({ data: z.array(z.object({ id: z.string() })).min(1) })

export function createSpeechServers({ servers, kind, model, onChange }: SpeechServersOptions): SpeechServers {
  const lookForRoute = createRouteLook('/v1/audio/transcriptions', 'transcribe audio')
  const known = kind === 'whisper.cpp' ? { kind, model: model ?? whisperModel } : undefined

  async function look(server: VllmServer, signal: AbortSignal): Promise<SpeechCard> {
    const found = kind === 'vllm' ? kind : await kindOf(server, signal)
    if (kind !== 'auto' && found !== kind) throw notReady(new Error(`the server is ${found}, not ${kind}`))
    if (found === 'vllm') await lookForRoute(server, signal)
    const own = found === 'vllm' ? await vllmModel(server, model, signal) : whisperModel
    return { kind: found, model: model ?? own }
  }

  return createServerCards<SpeechCard>({ servers: servers.all, look, onChange, known })
}

/**
 * By `/health`: vLLM answers without a body, whisper.cpp in JSON. While whisper.cpp changes its model, and for good after a
 * change that failed, it answers 404 in words of its own, and transcribes nevertheless.
 */
async function kindOf(server: VllmServer, signal: AbortSignal): Promise<SpeechServerKind> {
  const { status, text } = await get(server, '/health', signal)
  if (status === 404 && text.startsWith('File Not Found')) return 'whisper.cpp'
  if (status !== 200) throw notReady(new Error(`GET /health answered ${status}`))
  if (text.trim() === '') return 'vllm'
  const { success, data } = whisperHealth.safeParse(parseJson(text))
  if (success && data.status === 'ok') return 'whisper.cpp'
  throw notReady(new Error('GET /health is not that of a speech server'))
}

async function vllmModel(server: VllmServer, wanted: string | null, signal: AbortSignal): Promise<string> {
  const { status, text } = await get(server, '/v1/models', signal)
  if (status !== 200) throw notReady(new Error(`GET /v1/models answered ${status}`))
  const { data } = modelList.parse(parseJson(text))
  return (data.find(({ id }) => id === wanted) ?? data[0])?.id ?? ''
}

async function get(server: VllmServer, path: string, signal: AbortSignal): Promise<{ status: number; text: string }> {
  const { status, body } = await server.ask({ method: 'GET', path, withoutModel: true }, signal)
  return { status, text: await body.text(textMaxLength) }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (thrown) {
    throw notReady(new Error('the answer is no JSON', { cause: thrown }))
  }
}
