import { createEngine, type EngineState } from './engine/engine.ts'
import { createPrefixCache } from './engine/prefix-cache.ts'
import { vllmManners } from './exchange/vllm-manners.ts'
import { createLookAlike, type LookAlike } from './look-alike.ts'
import { createVllmRoutes, mainRoutes } from './routes/vllm-routes.ts'
import { defaultOptions, type SimulatorOptions, usualModels } from './simulator-options.ts'

/**
 * A vLLM without a GPU. `asleep` holds every request until `awake`; `dead` fails every request, and `/health` with them.
 */
export type Simulator = LookAlike<EngineState>

export function createSimulator(options: Partial<SimulatorOptions> = {}): Simulator {
  const usual = usualModels[options.serves ?? defaultOptions.serves]
  const settings: SimulatorOptions = { ...defaultOptions, ...usual, ...options }
  const prefixCache = createPrefixCache(settings.kvBlocks)
  const engine = createEngine(settings.maxNumSeqs, () => prefixCache.clear())
  return createLookAlike<EngineState>({
    engine,
    routes: createVllmRoutes({ engine, prefixCache, options: settings }),
    manners: vllmManners(settings.apiKey),
    mainRoute: mainRoutes[settings.serves],
    states: {
      names: ['awake', 'asleep', 'dead'],
      get: () => engine.state,
      set: (state) => {
        engine.state = state
      },
    },
    keepAliveTimeoutMs: settings.keepAliveTimeoutMs,
    recordedMax: settings.recordedMax,
  })
}
