import { GatewayError } from '../chat/gateway-error.ts'

/** An input that is too long; `tokens` where somebody counted them. */
export function overlongInput(
  field: string,
  tokensMax: number,
  { tokens, cause }: { readonly tokens?: number | undefined; readonly cause?: unknown } = {},
): GatewayError {
  const found = tokens === undefined ? 'more' : `${tokens}`
  const message = `This model's maximum context length is ${tokensMax} tokens: \`${field}\` has ${found}.`
  return new GatewayError('context-overflow', message, {
    field,
    cause,
    overflow: { contextWindow: tokensMax, promptTokens: tokens },
  })
}
