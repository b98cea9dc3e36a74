import type { Engine } from '../engine/engine.ts'
import type { Pace } from '../engine/pace.ts'
import { doneEvent, type EventOutlet, failureEvents } from '../exchange/event-outlet.ts'
import { internalError } from '../request/vllm-error.ts'
import type { ChatJob } from './chat-job.ts'
import { createChunkFormat } from './chunk-format.ts'
import { createProgress } from './stream-progress.ts'
import { createSchedule, type Planned, takeDue } from './stream-schedule.ts'
import type { Generated } from './usage-text.ts'

/** What a running request needs. */
export interface ChatRun {
  readonly engine: Engine
  readonly pace: Pace
  /** Its reason is an early end. */
  readonly signal: AbortSignal
}

/** At most so many events in one write. */
const writeMax = 64

/**
 * Sends a job's tokens as they come, the choices in turn, then usage and `[DONE]`.
 * @returns what was generated until the end, or until it was broken off
 */
export async function streamChat(job: ChatJob, run: ChatRun, outlet: EventOutlet): Promise<Generated> {
  const { pace, signal } = run
  const format = createChunkFormat(job)
  const progress = createProgress(job.generations.length, format)
  const schedule = createSchedule(job.generations)
  await pace.until(1, signal)
  let events = signal.reason === 'died' ? [] : job.generations.map((_, choice) => format.opening(choice))
  for (let next = 0; next < schedule.length && !signal.aborted; ) {
    const batch = await upcoming(schedule, next, run)
    next += batch.length
    for (const planned of batch) events.push(progress.add(planned))
    if (next === schedule.length || batch.length === 0) continue
    if (!(await outlet.send(events))) return progress.total()
    events = []
  }
  if (signal.reason === 'left') return progress.total()
  if (await outlet.send([...events, ...closingEvents()])) outlet.end()
  return progress.total()

  function closingEvents(): readonly string[] {
    if (signal.reason === 'died') return failureEvents(internalError())
    const aborted = signal.reason === 'slept' ? progress.abortUnfinished() : []
    const usage = format.usage(progress.total())
    return [...aborted, ...(usage === undefined ? [] : [usage]), doneEvent]
  }
}

/** Waits for the next step, and takes those that have come with it; none where the request was ended. */
async function upcoming(schedule: readonly Planned[], next: number, run: ChatRun): Promise<readonly Planned[]> {
  const { engine, pace, signal } = run
  await engine.whenAwake(signal)
  await pace.until(schedule[next]?.due ?? 0, signal)
  return signal.aborted ? [] : takeDue(schedule, next, pace.due(), writeMax)
}
