import { type GenerateContentConfig, type GenerateContentResponse, GoogleGenAI, type Part } from '@google/genai'
import type { TestGateway } from '../support/test-gateway.ts'

/** A service that Google's names mean, with deadlines that tests can wait for. */
export const geminiService = `services: [{ name: gemma4, upstreams: ['$VLLM'], aliases: [gemini-*], timeouts: { firstEvent: 300ms, idle: 300ms, total: 900ms } }]`

export const model = 'gemini-3-flash'

export interface GeminiClient {
  readonly sdk: GoogleGenAI
  ask(contents: string, config?: GenerateContentConfig): Promise<GenerateContentResponse>
  stream(contents: string, config?: GenerateContentConfig): Promise<GenerateContentResponse[]>
}

/** Google's SDK, which does not ask again after a failure. */
export function geminiClient({ url, key }: TestGateway, apiKey = key, path = ''): GeminiClient {
  const sdk = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: url + path, retryOptions: { attempts: 1 } } })
  return {
    sdk,
    ask: (contents, config = {}) => sdk.models.generateContent({ model, contents, config }),
    async stream(contents, config = {}) {
      const chunks: GenerateContentResponse[] = []
      for await (const chunk of await sdk.models.generateContentStream({ model, contents, config })) chunks.push(chunk)
      return chunks
    },
  }
}

/** The parts of the first candidate. */
export function partsOf(...replies: readonly GenerateContentResponse[]): Part[] {
  return replies.flatMap((reply) => reply.candidates?.[0]?.content?.parts ?? [])
}

export function textOf(parts: readonly Part[], thought = false): string {
  return parts.map((part) => ((part.thought ?? false) === thought ? (part.text ?? '') : '')).join('')
}
