import type { FastifyInstance } from 'fastify'
import type { Engine, EngineState } from '../engine/engine.ts'
import type { Recorder } from '../exchange/recorder.ts'
import type { Fault } from '../faults/fault.ts'
import { chatRoute, type FaultPlan } from '../faults/fault-plan.ts'
import { isJson, type Json } from '../request/read-field.ts'

export interface ControlParts {
  readonly recorder: Recorder
  readonly faults: FaultPlan
  readonly engine: Engine
}

/** The look-alike's own routes, for other processes; nothing below `/simulator` is vLLM's, and none of it is recorded. */
export function addControlRoutes(app: FastifyInstance, { recorder, faults, engine }: ControlParts): void {
  const state = () => ({ simulated: true, state: engine.state, running: engine.running, waiting: engine.waiting })

  app.get('/simulator', async () => state())
  app.get('/simulator/requests', async () => recorder.requests)
  app.delete('/simulator/requests', async () => {
    recorder.clear()
    return { cleared: 'requests' }
  })
  app.post('/simulator/faults', async (request, reply) => {
    try {
      return planFault(faults, readBody(request.body))
    } catch (thrown) {
      return reply.code(400).send({ error: thrown instanceof Error ? thrown.message : String(thrown) })
    }
  })
  app.delete('/simulator/faults', async () => {
    faults.clear()
    return { cleared: 'faults' }
  })
  app.post('/simulator/state', async (request, reply) => {
    const wanted = readBody(request.body)['state']
    if (!isEngineState(wanted)) return reply.code(400).send({ error: 'state must be awake, asleep or dead' })
    engine.state = wanted
    return state()
  })
}

/** `times`: a number, 1 unless given, or `always`. */
function planFault(faults: FaultPlan, body: Json): Json {
  const { fault, times = 1, route = chatRoute } = body
  if (typeof fault !== 'string' || typeof route !== 'string') throw new TypeError('fault must be text')
  // The plan parses the text, and throws where it is no fault.
  const planned = fault as Fault
  if (times === 'always') faults.always(planned, route)
  else if (typeof times === 'number' && times >= 1)
    for (let time = 0; time < times; time += 1) faults.next(planned, route)
  else throw new TypeError('times must be a positive number or "always"')
  return { fault, times, route }
}

function readBody(text: unknown): Json {
  try {
    const body: unknown = JSON.parse(String(text))
    return isJson(body) ? body : {}
  } catch {
    return {}
  }
}

function isEngineState(state: unknown): state is EngineState {
  return state === 'awake' || state === 'asleep' || state === 'dead'
}
