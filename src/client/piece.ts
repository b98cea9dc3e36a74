/** Why an answer ended; `interrupted` is the person's doing. */
export type Finish = 'stop' | 'length' | 'filtered' | 'interrupted'

/** Tokens; a server may tell all, some or none. */
export interface Usage {
  readonly prompt?: number
  /** Of the prompt, what the server had computed before. */
  readonly cached?: number
  /** Thinking included. */
  readonly output?: number
  readonly thinking?: number
}

/** A part of an answer, in the order in which it comes. */
export type Piece =
  | { readonly type: 'thinking' | 'text'; readonly text: string }
  | { readonly type: 'finish'; readonly reason: Finish }
  /** What is told later counts, field by field. */
  | { readonly type: 'usage'; readonly usage: Usage }

/** The fields that are known; servers write null for the others, or leave them out. */
export function usagePiece(usage: { readonly [Name in keyof Usage]: number | null | undefined }): Piece[] {
  const known = Object.entries(usage).filter(([, tokens]) => typeof tokens === 'number')
  return known.length === 0 ? [] : [{ type: 'usage', usage: Object.fromEntries(known) }]
}

export function contentPiece(type: 'thinking' | 'text', text: string | null | undefined): Piece[] {
  return text === null || text === undefined || text === '' ? [] : [{ type, text }]
}
