export const sseType = 'text/event-stream; charset=utf-8'

export interface Frame {
  readonly event: string | undefined
  readonly data: string
}

export interface Frames {
  readonly comments: number
  readonly frames: readonly Frame[]
}

/** Takes server-sent events apart; throws for anything but comments, and events of one line of data. */
export function readSse(text: string): Frames {
  const blocks = text.split('\n\n')
  if (blocks.pop() !== '') throw new Error(`The stream ends in the middle of a frame: ${text.slice(-80)}`)
  const told = blocks.filter((block) => !/^: .*$/.test(block))
  return { comments: blocks.length - told.length, frames: told.map(readFrame) }
}

function readFrame(block: string): Frame {
  const [, event, data] = /^(?:event: ([\w.]+)\n)?data: ([^\r\n]+)$/.exec(block) ?? []
  if (data === undefined) throw new Error(`This is no frame: ${block.slice(0, 200)}`)
  return { event, data }
}

/** As `readSse`, for dialects that name no events. */
export function readUnnamed(text: string): { comments: number; data: readonly string[] } {
  const { comments, frames } = readSse(text)
  const named = frames.find(({ event }) => event !== undefined)
  if (named !== undefined) throw new Error(`An event has the name ${named.event}.`)
  return { comments, data: frames.map(({ data }) => data) }
}

export function mustBe(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message)
}
