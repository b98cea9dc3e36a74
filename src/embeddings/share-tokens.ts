/** What one request has in a batch. */
export interface Share {
  /** By the servers' own tokenizer; undefined where it did not say. */
  readonly counted: number | undefined
  readonly estimated: number
  readonly inputs: number
}

export interface SharedTokens {
  readonly tokens: readonly number[]
  readonly isExact: boolean
}

/** A tokenizer may leave out the marks that a model is given with each input; there are no more. */
const marksMax = 4

/**
 * Shares the tokens of a batch among those who were in it, so that they are the batch's together. It is exact where the
 * tokenizer counted all of it, but for the same marks at each input.
 */
export function shareTokens(total: number, shares: readonly Share[]): SharedTokens {
  if (shares.length === 1) return { tokens: [total], isExact: true }
  return shareCounted(total, shares) ?? { tokens: shareEstimated(total, shares), isExact: false }
}

function shareCounted(total: number, shares: readonly Share[]): SharedTokens | undefined {
  let counted = 0
  let inputs = 0
  for (const share of shares) {
    if (share.counted === undefined) return undefined
    counted += share.counted
    inputs += share.inputs
  }
  const marks = (total - counted) / inputs
  if (!Number.isInteger(marks) || Math.abs(marks) > marksMax) return undefined
  const tokens = shares.map((share) => (share.counted ?? 0) + marks * share.inputs)
  return tokens.some((count) => count < 0) ? undefined : { tokens, isExact: true }
}

/** In proportion, each rounded so that the sum stays. */
function shareEstimated(total: number, shares: readonly Share[]): number[] {
  const all = shares.reduce((sum, { estimated }) => sum + estimated, 0)
  let before = 0
  let given = 0
  return shares.map(({ estimated }) => {
    before += estimated
    const upTo = all === 0 ? 0 : Math.round((total * before) / all)
    const tokens = upTo - given
    given = upTo
    return tokens
  })
}
