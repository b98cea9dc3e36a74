import type { DecodeContext } from '../dialect.ts'
import type { ToolNames } from '../tool-names.ts'

/** What decoding one request goes by. */
export interface GeminiContext extends DecodeContext {
  readonly toolNames: ToolNames
  /** What comes before the path of a field, where the request stands inside another. */
  readonly at: string
}
