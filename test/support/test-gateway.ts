import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPlaces } from '../../src/admission/places.ts'
import type { AccessLine } from '../../src/chat/access-line.ts'
import { createServeChat } from '../../src/chat/serve-chat.ts'
import { createServices } from '../../src/chat/services.ts'
import { legacyChat } from '../../src/dialects/legacy-chat/index.ts'
import { openaiChat } from '../../src/dialects/openai-chat/index.ts'
import { createDoor } from '../../src/http/door.ts'
import { type LoadedSettings, loadSettings } from '../../src/settings/settings.ts'
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import type { SimulatorOptions } from '../../src/simulator/simulator-options.ts'
import { createChatUpstream } from '../../src/upstream/chat-upstream.ts'
import { createContextWindow } from '../../src/upstream/context-window.ts'
import { createModelCards } from '../../src/upstream/model-cards.ts'
import { createVllmServer } from '../../src/upstream/vllm-server.ts'
import { openEntry } from '../../src/usage/entry.ts'

export interface TestGateway {
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string
  /** A key that may use every service. */
  readonly key: string
  /** A key that may use no service at all. */
  readonly keyWithoutServices: string
  /** The model, one for all services. */
  readonly simulator: Simulator
  /** The log, a line a finished request. */
  readonly lines: readonly AccessLine[]
  stop(): Promise<void>
}

export interface TestGatewayOptions {
  readonly simulator?: Partial<SimulatorOptions>
  /** The settings file's text; `$VLLM` stands for the simulator's URL. One service `gemma4` where it names none. */
  readonly settings?: string
}

/** A whole gateway on a free port, with its own simulator and a data folder of its own. */
export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const simulator = createSimulator(options.simulator)
  const { url: vllmUrl } = await simulator.listen()
  const folder = mkdtempSync(join(tmpdir(), 'vllm-gateway-test-'))
  const settings = loadTestSettings(folder, vllmUrl, options.settings).settings
  const lines: AccessLine[] = []
  const key = 'test-key-that-may-use-everything'
  const keyWithoutServices = 'test-key-that-may-use-nothing'
  const parts = settings.services.map((service) => {
    const servers = service.upstreams.map((url) =>
      createVllmServer({ url, apiKey: service.apiKey, connectMs: service.timeouts.connectMs }),
    )
    const modelCards = createModelCards({
      servers,
      model: service.model,
      contextWindow: service.contextWindow,
      onChange: () => undefined,
    })
    const contextWindow = createContextWindow({ servers, modelCards })
    const admission = createPlaces({ placesMax: service.places, queueMax: service.queue })
    const upstream = createChatUpstream({
      servers,
      modelCards,
      limits: service.timeouts,
      fitExactly: contextWindow.fitExactly,
    })
    modelCards.start()
    const status = () => ({
      upstream: modelCards.state,
      model: modelCards.known?.model ?? null,
      contextWindow: modelCards.known?.contextWindow ?? null,
      running: admission.running,
      waiting: admission.waiting,
    })
    return {
      servers,
      modelCards,
      service: {
        name: service.name,
        aliases: service.aliases,
        policy: service,
        serveChat: createServeChat({ contextWindow, admission, upstream }),
        status,
      },
    }
  })
  const door = await createDoor({
    version: 'test',
    services: createServices(
      parts.map(({ service }) => service),
      settings.unknownModel,
    ),
    dialects: [openaiChat, legacyChat],
    findKey: (presented) =>
      presented === key || presented === keyWithoutServices
        ? {
            outcome: 'accepted',
            caller: { keyId: '1', keyName: 'test', services: presented === key ? 'all' : new Set(), admin: false },
          }
        : { outcome: 'refused', reason: 'unknown' },
    openEntry: () => openEntry(() => performance.now()),
    keysState: () => 'fresh',
    bodyMaxBytes: settings.bodyMaxBytes,
    times: settings,
    now: () => performance.now(),
    log: (line) => lines.push(line),
  })
  const port = await door.listen({ host: '127.0.0.1', port: 0 })
  return {
    url: `http://127.0.0.1:${port}`,
    key,
    keyWithoutServices,
    simulator,
    lines,
    async stop() {
      await door.drain(0)
      await door.close()
      for (const { modelCards, servers } of parts) {
        modelCards.stop()
        for (const server of servers) await server.close()
      }
      await simulator.close()
      rmSync(folder, { recursive: true })
    },
  }
}

function loadTestSettings(folder: string, vllmUrl: string, text: string | undefined): LoadedSettings {
  const file = join(folder, 'gateway.yaml')
  writeFileSync(
    file,
    (text ?? '').replaceAll('$VLLM', vllmUrl) +
      (text?.includes('services:') ? '' : `\nservices: [{ upstreams: ['${vllmUrl}'] }]\n`),
  )
  return loadSettings({ environment: {}, flags: { config: file }, workingDirectory: folder })
}
