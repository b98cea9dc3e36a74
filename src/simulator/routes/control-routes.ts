import type { FastifyInstance } from 'fastify'
import type { Engine } from '../engine/engine.ts'
import type { Recorder } from '../exchange/recorder.ts'
import type { Fault } from '../faults/fault.ts'
import type { FaultSource } from '../faults/fault-plan.ts'
import type { States } from '../look-alike.ts'
import { isJson, type Json } from '../request/read-field.ts'

export interface ControlParts {
  readonly recorder: Recorder
  readonly faults: FaultSource
  readonly engine: Engine
  readonly states: States<string>
}

/** The look-alike's own routes, for other processes; nothing below `/simulator` is the imitated server's, and none of it is recorded. */
export function addControlRoutes(app: FastifyInstance, { recorder, faults, engine, states }: ControlParts): void {
  const { names } = states
  const state = () => ({ simulated: true, state: states.get(), running: engine.running, waiting: engine.waiting })

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
    if (typeof wanted !== 'string' || !names.includes(wanted))
      return reply.code(400).send({ error: `state must be ${names.join(' or ')}` })
    states.set(wanted)
    return state()
  })
}

const timesMax = 1000

/** `times`: a number, 1 unless given, or `always`. */
function planFault(faults: FaultSource, body: Json): Json {
  const { fault, times = 1, route = faults.mainRoute } = body
  if (typeof fault !== 'string' || typeof route !== 'string') throw new TypeError('fault must be text')
  // The plan parses the text, and throws where it is no fault.
  const planned = fault as Fault
  if (times === 'always') faults.always(planned, route)
  else if (typeof times === 'number' && times >= 1 && times <= timesMax)
    for (let time = 0; time < times; time += 1) faults.next(planned, route)
  else throw new TypeError(`times must be a number from 1 to ${timesMax} or "always"`)
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
