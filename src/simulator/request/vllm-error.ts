import { pythonRepr, pythonTuple } from './python-text.ts'

/** A refusal in vLLM's own envelope. */
export class VllmError extends Error {
  readonly status: number
  readonly type: string
  readonly param: string | null

  constructor(status: number, type: string, message: string, param: string | null = null) {
    super(message)
    this.status = status
    this.type = type
    this.param = param
  }

  toJson(): string {
    return JSON.stringify({
      error: { message: this.message, type: this.type, param: this.param, code: this.status },
    })
  }
}

/** What vLLM's own checks say; the value is given as Python would print it. */
export function badRequest(message: string, parameter?: string, value?: string | number): VllmError {
  const extras = [
    ...(parameter === undefined ? [] : [`parameter=${parameter}`]),
    ...(value === undefined ? [] : [`value=${value}`]),
  ]
  const suffix = extras.length === 0 ? '' : ` (${extras.join(', ')})`
  return new VllmError(400, 'BadRequestError', message + suffix, parameter ?? null)
}

/** One thing that pydantic finds wrong in a body. */
export interface Issue {
  readonly type: string
  readonly loc: readonly (string | number)[]
  readonly msg: string
  readonly input: unknown
  readonly ctx?: Readonly<Record<string, unknown>>
}

/** What pydantic says: the input is echoed in full, which is why nothing of it may be relayed. */
export function validationErrors(issues: readonly Issue[]): VllmError {
  const lines = issues.map((issue) => {
    const ctx = issue.ctx === undefined ? '' : `, 'ctx': ${pythonRepr(issue.ctx)}`
    const { type, loc, msg, input } = issue
    return `  {'type': ${pythonRepr(type)}, 'loc': ${pythonTuple(loc)}, 'msg': ${pythonRepr(msg)}, 'input': ${pythonRepr(input)}${ctx}}`
  })
  return validationMessage(lines)
}

export function unsupportedMediaType(): VllmError {
  return validationMessage(["  Unsupported Media Type: Only 'application/json' is allowed"])
}

function validationMessage(lines: readonly string[]): VllmError {
  const noun = lines.length === 1 ? 'error' : 'errors'
  return new VllmError(400, 'Bad Request', `${lines.length} validation ${noun}:\n${lines.join('\n')}`)
}

export function unknownModel(model: string): VllmError {
  return new VllmError(404, 'NotFoundError', `The model \`${model}\` does not exist.`, 'model')
}

export function engineDead(): VllmError {
  const message = 'EngineCore encountered an issue. See stack trace (above) for the root cause.'
  return new VllmError(500, 'InternalServerError', message)
}

export function internalError(): VllmError {
  return new VllmError(500, 'InternalServerError', 'Internal server error')
}

/** What the web framework below vLLM says, such as `Not Found`. */
export function httpError(status: number, phrase: string): VllmError {
  return new VllmError(status, phrase, phrase)
}
