import { type Answer, jsonAnswer } from '../exchange/answer.ts'

const kinds = {
  invalid_request_error: 400,
  exceed_context_size_error: 400,
  server_error: 500,
  not_supported_error: 501,
} as const

type Kind = keyof typeof kinds

/** A refusal of one of its routes. */
export class LlamaError extends Error {
  readonly kind: Kind
  readonly details: object

  constructor(kind: Kind, message: string, details: object = {}) {
    super(message)
    this.kind = kind
    this.details = details
  }

  toAnswer(): Answer {
    const code = kinds[this.kind]
    return llamaJson({ error: { code, message: this.message, type: this.kind, ...this.details } }, code)
  }
}

export function llamaJson(value: unknown, status = 200): Answer {
  return { ...jsonAnswer(JSON.stringify(value), status), type: 'application/json; charset=utf-8' }
}

/** What is said before a route is looked for has its words in another order. */
export function outerError(status: number, type: string, message: string): Answer {
  return llamaJson({ error: { message, type, code: status } }, status)
}
