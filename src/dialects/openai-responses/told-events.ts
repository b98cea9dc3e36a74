/** An event of a stream before it has its number: its type, and the rest of its fields as JSON text without braces. */
export interface ToldEvent {
  readonly type: string
  readonly fields: string
}

export function told(type: string, fields: Readonly<Record<string, unknown>>): ToldEvent {
  return { type, fields: JSON.stringify(fields).slice(1, -1) }
}

/** Writes events as frames, each with the next number. */
export function createFrameWriter(): (events: readonly ToldEvent[]) => string {
  let sequence = 0
  return (events) => {
    let frames = ''
    for (const { type, fields } of events) {
      const rest = fields === '' ? '' : `,${fields}`
      frames += `event: ${type}\ndata: {"type":"${type}","sequence_number":${sequence++}${rest}}\n\n`
    }
    return frames
  }
}
