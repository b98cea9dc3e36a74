import type { ChunkFormat } from './chunk-format.ts'
import type { Finish } from './generation.ts'
import type { Planned } from './stream-schedule.ts'
import { type Generated, sumGenerated } from './usage-text.ts'

/** How far each choice of a stream has come. */
export interface Progress {
  /** Counts a step and gives its event. */
  add(planned: Planned): string
  /** The events that end what is unfinished once the engine was put to sleep. */
  abortUnfinished(): string[]
  total(): Generated
}

const aborted: Finish = { reason: 'abort', stopReason: null }
const nothing = { delta: {}, tokens: [], reasoningTokens: 0 }

export function createProgress(choices: number, format: ChunkFormat): Progress {
  const counts = Array.from({ length: choices }, () => ({ tokenCount: 0, reasoningTokens: 0, finished: false }))

  return {
    add({ choice, step, finish }) {
      const count = counts[choice]
      if (count === undefined) throw new RangeError(`No choice ${choice}`)
      count.tokenCount += step.tokens.length
      count.reasoningTokens += step.reasoningTokens
      if (finish === undefined) return format.step(choice, step, count)
      count.finished = true
      return format.finish(choice, step, { generated: count, finish })
    },
    abortUnfinished() {
      return counts.flatMap((generated, choice) =>
        generated.finished ? [] : [format.finish(choice, nothing, { generated, finish: aborted })],
      )
    },
    total: () => sumGenerated(counts),
  }
}
