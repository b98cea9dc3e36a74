import type { AccessLine } from '../chat/access-line.ts'
import { describeCause } from './describe-cause.ts'

export type AccessLevel = 30 | 40 | 50

/**
 * One request's line as pino would write it. It is put together here because it is written for every request, where
 * pino's way through an object of twenty fields takes several times as long. What is not known is left out.
 */
export function accessJson(line: AccessLine, level: AccessLevel, time: string): string {
  const { usage } = line
  return (
    `{"level":${level},"time":"${time}","request_id":"${line.requestId}"` +
    textField('client_request_id', shorten(line.clientRequestId)) +
    textField('key', line.key) +
    textField('service', line.service) +
    textField('upstream', line.upstream) +
    textField('dialect', line.dialect) +
    textField('method', line.method) +
    textField('route', line.route) +
    numberField('status', line.status) +
    textField('outcome', line.outcome) +
    textField('failure', line.failure) +
    textField('cause', line.cause === undefined ? undefined : describeCause(line.cause)) +
    (usage === undefined ? '' : usageFields(usage)) +
    numberField('max_tokens', line.maxTokens) +
    numberField('queue_ms', line.queueMs) +
    numberField('first_token_ms', line.firstTokenMs) +
    numberField('total_ms', line.totalMs) +
    ',"msg":"request"}\n'
  )
}

function usageFields(usage: NonNullable<AccessLine['usage']>): string {
  return (
    numberField('prompt_tokens', usage.promptTokens) +
    numberField('cached_tokens', usage.cachedTokens) +
    numberField('completion_tokens', usage.completionTokens) +
    numberField('reasoning_tokens', usage.reasoningTokens)
  )
}

/** Text without anything that JSON escapes, as nearly all is. */
const plain = /^[\w ./:*{}-]*$/

function textField(name: string, text: string | undefined): string {
  if (text === undefined) return ''
  return plain.test(text) ? `,"${name}":"${text}"` : `,"${name}":${JSON.stringify(text)}`
}

/** Times are told to a tenth of a millisecond. */
function numberField(name: string, value: number | undefined): string {
  return value === undefined ? '' : `,"${name}":${Math.round(value * 10) / 10}`
}

/** A client may send any text as its id; only what looks like one is kept. */
function shorten(id: string | string[] | undefined): string | undefined {
  return typeof id === 'string' && /^[\w.:-]{1,128}$/.test(id) ? id : undefined
}
