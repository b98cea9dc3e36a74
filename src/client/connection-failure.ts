import { ClientError } from './client-error.ts'
import { withoutControls } from './without-controls.ts'

/** The common reasons why there is no answer, or no more of it, in words. */
export function connectionFailure(thrown: unknown, { origin, host, hostname }: URL): ClientError {
  const cause = causeOf(thrown)
  const code = codeOf(cause)
  const options = { cause: thrown }
  switch (code) {
    case 'ECONNREFUSED':
      return new ClientError(`Nothing listens on ${origin}. Is the gateway running there?`, options)
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new ClientError(`There is no machine named ${hostname}, or it cannot be looked up.`, options)
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
      return new ClientError(`What listens on ${host} does not speak TLS: is it http://${host}?`, options)
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
      return new ClientError(`The connection to ${origin} broke off.`, options)
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return new ClientError(`${origin} cannot be reached.`, options)
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return new ClientError(`${origin} has been silent for too long.`, options)
    default:
      return new ClientError(`${origin} cannot be asked: ${describe(cause, code)}.`, options)
  }
}

/** `fetch` says little itself, and much in what it wraps. */
function causeOf(thrown: unknown): unknown {
  return thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown
}

function codeOf(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : undefined
}

/** Such as the name of what is wrong with a certificate. */
function describe(cause: unknown, code: string | undefined): string {
  const message = cause instanceof Error ? cause.message : String(cause)
  return withoutControls(code === undefined ? message : `${message} (${code})`)
}
