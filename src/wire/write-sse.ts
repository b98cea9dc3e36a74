/** The headers of every stream: no cache, and no proxy that holds frames back. */
export const sseHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  'x-accel-buffering': 'no',
} as const

/** A frame around text without line breaks, which JSON text never has. */
export function dataFrame(json: string): string {
  return `data: ${json}\n\n`
}

/** A frame that every client skips, and that keeps proxies from cutting a silent stream. */
export const keepAliveComment = ': keep-alive\n\n'

/** The frame that ends a stream in OpenAI's family of dialects. */
export const doneFrame = 'data: [DONE]\n\n'
