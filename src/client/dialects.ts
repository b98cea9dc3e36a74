import { anthropic } from './anthropic/index.ts'
import type { ClientDialect } from './client-dialect.ts'
import { gemini } from './gemini/index.ts'
import { openai } from './openai/index.ts'
import { responses } from './responses/index.ts'

export const clientDialects = { openai, anthropic, gemini, responses } satisfies Record<string, ClientDialect>
