/** What may be spent on values that are made up: a schema of a few words can ask for more of them than any memory holds. */
export interface Effort {
  readonly left: number
  /** False where so much is not left; then nothing is any more. */
  spend(amount: number): boolean
}

/** About as many characters of JSON: more tokens than any context here. */
const effortMax = 200_000

export function createEffort(): Effort {
  let left = effortMax
  return {
    get left() {
      return left
    },
    spend(amount) {
      const isEnough = amount <= left
      left = isEnough ? left - amount : 0
      return isEnough
    },
  }
}
