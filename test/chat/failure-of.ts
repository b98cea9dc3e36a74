import { GatewayError } from '../../src/chat/gateway-error.ts'

/** What was thrown, where it is a GatewayError; everything else is thrown on. */
export async function failureOf(act: () => unknown): Promise<GatewayError> {
  try {
    await act()
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown
    throw thrown
  }
  throw new Error('Nothing was thrown.')
}

export function failureNow(act: () => unknown): GatewayError {
  try {
    act()
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown
    throw thrown
  }
  throw new Error('Nothing was thrown.')
}
