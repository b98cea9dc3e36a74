import pino, { type Logger } from 'pino'
import type { AccessLine } from '../chat/access-line.ts'
import { describeCause } from './describe-cause.ts'
import { createGatheringStream } from './gathering-stream.ts'
import { createPrettyStream } from './pretty-stream.ts'

export interface LogOptions {
  readonly level: string
  readonly format: 'json' | 'pretty'
}

/** The log of the house: one line a request at its end, and what an operator must know. */
export interface Log {
  access(line: AccessLine): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  /** Writes what is held back, waiting at most half a second for a reader that does not read. */
  close(): Promise<void>
}

export function createLog({ level, format }: LogOptions): Log {
  if (format === 'pretty') return wrap(pino({ level, base: null }, createPrettyStream(process.stdout)), async () => {})
  const destination = createGatheringStream(process.stdout)
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination)
  return wrap(logger, destination.close)
}

function wrap(logger: Logger, close: () => Promise<void>): Log {
  return {
    access(line) {
      const fields = accessFields(line)
      if (line.failure === 'internal') logger.error(fields, 'request')
      else if (line.status >= 500 || isFailedStream(line)) logger.warn(fields, 'request')
      else logger.info(fields, 'request')
    },
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    close,
  }
}

/** Its status was sent before it failed. */
function isFailedStream({ status, outcome }: AccessLine): boolean {
  return status === 200 && outcome === 'failed'
}

function accessFields(line: AccessLine): object {
  return {
    request_id: line.requestId,
    client_request_id: shorten(line.clientRequestId),
    key: line.key,
    service: line.service,
    dialect: line.dialect,
    method: line.method,
    route: line.route,
    status: line.status,
    outcome: line.outcome,
    failure: line.failure,
    cause: line.cause === undefined ? undefined : describeCause(line.cause),
    prompt_tokens: line.usage?.promptTokens,
    cached_tokens: line.usage?.cachedTokens,
    completion_tokens: line.usage?.completionTokens,
    reasoning_tokens: line.usage?.reasoningTokens,
    max_tokens: line.maxTokens,
    queue_ms: round(line.queueMs),
    first_token_ms: round(line.firstTokenMs),
    total_ms: round(line.totalMs),
  }
}

function round(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.round(milliseconds * 10) / 10
}

/** A client may send any text as its id; only what looks like one is kept. */
function shorten(id: string | string[] | undefined): string | undefined {
  return typeof id === 'string' && /^[\w.:-]{1,128}$/.test(id) ? id : undefined
}
