import { GatewayError } from '../chat/gateway-error.ts'
import type { VllmServer } from './vllm-server.ts'

/** A server that is there and has no route for what its service does: its owner is to be told, whoever asks. */
export class MissingRoute extends GatewayError {
  constructor(work: Work, cause: unknown) {
    super('upstream-unavailable', `The model server has no such route: it does not ${work}.`, { cause })
  }
}

/** What a service does that not every model server can. */
type Work = 'transcribe audio' | 'make embeddings'

/** What is said of a model that is not there, where the route is. */
const missingModel = /model[^.]*(does not exist|not found)/i

/** Whether a refusal is that of a route and not of the model. */
export function refusesRoute(status: number, text: string): boolean {
  return status === 405 || (status === 404 && !missingModel.test(text))
}

/**
 * Looks whether vLLM has a route, until it once had it: there it refuses the method, and elsewhere its web framework says
 * that nothing was found. What says anything else, such as a proxy, gets the benefit of the doubt.
 */
export function createRouteLook(path: string, work: Work): (server: VllmServer, signal: AbortSignal) => Promise<void> {
  const found = new WeakSet<VllmServer>()
  return async (server, signal) => {
    if (found.has(server)) return
    const { status, body } = await server.ask({ method: 'GET', path, withoutModel: true }, signal)
    const text = await body.text(textMaxLength)
    if (status === 404 && isFrameworks(text)) throw new MissingRoute(work, new Error(`there is no ${path}`))
    found.add(server)
  }
}

const textMaxLength = 1024

/** By itself, or in the envelope that newer ones put around it. */
function isFrameworks(text: string): boolean {
  return /"(?:detail|message)"\s*:\s*"Not Found"/.test(text)
}
