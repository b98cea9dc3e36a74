import type { DecodeContext } from '../dialect.ts'
import type { ToolNames } from '../tool-names.ts'

/** What decoding one request knows besides its body. */
export interface MessagesContext extends DecodeContext {
  readonly toolNames: ToolNames
}
