import type { LlamaOptions } from '../../src/simulator/llama/llama-options.ts'
import { createLlamaSimulator, type LlamaSimulator } from '../../src/simulator/llama/llama-simulator.ts'
import { startTestGateway, type TestGateway, type TestGatewayOptions } from '../support/test-gateway.ts'

export const embeddingsPath = '/v1/embeddings'

export interface EmbeddingsRigOptions {
  readonly simulator?: TestGatewayOptions['simulator']
  /** More settings of the service, such as `batch: { wait: 0ms }`. */
  readonly service?: string
  /** More of the settings file. */
  readonly settings?: string
}

/** A whole gateway with one service `embeddinggemma` and vLLM's look-alike behind it. */
export function startEmbeddingsGateway(options: EmbeddingsRigOptions = {}): Promise<TestGateway> {
  const simulator = { serves: 'embeddings' as const, maxModelLen: 2048, ...options.simulator }
  return startTestGateway({ simulator, settings: settingsOf('$VLLM', options) })
}

export interface LlamaGateway extends TestGateway {
  readonly llama: LlamaSimulator
}

/** The same with the look-alike of llama-server. */
export async function startLlamaGateway(
  options: Omit<EmbeddingsRigOptions, 'simulator'> & { readonly llama?: Partial<LlamaOptions> } = {},
): Promise<LlamaGateway> {
  const llama = createLlamaSimulator(options.llama)
  const { url } = await llama.listen()
  const gateway = await startTestGateway({ settings: settingsOf(url, options) })
  return {
    ...gateway,
    llama,
    async stop() {
      await gateway.stop()
      await llama.close()
    },
  }
}

function settingsOf(url: string, { service, settings = '' }: EmbeddingsRigOptions): string {
  const own = service === undefined ? '' : `, ${service}`
  return `${settings}\nservices: [{ name: embeddinggemma, kind: embeddings, upstreams: ['${url}']${own} }]`
}

/** The JSON body of an answer of OpenAI's. */
export interface EmbeddingsBody {
  readonly object: string
  readonly data: readonly { readonly object: string; readonly index: number; readonly embedding: number[] | string }[]
  readonly model: string
  readonly usage: { readonly prompt_tokens: number; readonly total_tokens: number }
}

export async function bodyOf(response: Response): Promise<EmbeddingsBody> {
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
  // What is in it is what the tests look at.
  return (await response.json()) as EmbeddingsBody
}

/** The inputs of each batch that reached vLLM's look-alike. */
export function batchesOf({ simulator }: Pick<TestGateway, 'simulator'>): readonly (readonly unknown[])[] {
  return simulator.requests
    .filter(({ method, path }) => method === 'POST' && path === embeddingsPath)
    .map(({ body }) => (body as { readonly input: readonly unknown[] }).input)
}
