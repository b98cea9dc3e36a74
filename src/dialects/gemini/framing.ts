import { dataFrame, doneFrame } from '../../wire/write-sse.ts'
import type { StreamForm } from './decode-request.ts'

/** How a stream's objects are put into bytes. */
export interface Framing {
  /** Server-sent events where it is not given. */
  readonly contentType?: string
  frame(json: string): string
  keepAlive(json: string): string
  end(): string
  endAfterFailure(): string
}

export function openFraming({ framing, endsWithDone }: StreamForm): Framing {
  return framing === 'sse' ? sseFraming(endsWithDone) : arrayFraming()
}

/**
 * What JSON leaves as it is, and clients take for the end of a line: Google's older SDKs, which look for `data: (.*)`, and
 * Python's `splitlines`, which its SDK there reads by.
 */
const separators = /[\u0085\u2028\u2029]/g

function escapeSeparator(separator: string): string {
  return `\\u${separator.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Without comments: Google's older SDKs break on every line that is not data. */
function sseFraming(endsWithDone: boolean): Framing {
  return {
    frame: (json) => dataFrame(json.replaceAll(separators, escapeSeparator)),
    keepAlive: dataFrame,
    end: () => (endsWithDone ? doneFrame : ''),
    endAfterFailure: () => '',
  }
}

/** One JSON list that grows, as Google answers where no form is asked for. White space keeps it open. */
function arrayFraming(): Framing {
  let opened = false
  function frame(json: string): string {
    const before = opened ? ',\r\n' : '['
    opened = true
    return before + json
  }
  const end = () => (opened ? '\n]' : '[]')
  return {
    contentType: 'application/json; charset=utf-8',
    frame,
    keepAlive: () => '\n',
    end,
    endAfterFailure: end,
  }
}
