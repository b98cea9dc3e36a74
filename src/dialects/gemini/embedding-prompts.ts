import type { EmbeddingsPolicy } from '../../embeddings/embeddings-service.ts'
import type { TaskType } from './wire-embed.ts'

/** EmbeddingGemma's words for a task: https://ai.google.dev/gemma/docs/embeddinggemma/model_card#prompt_instructions */
const tasks: Partial<Record<TaskType, string>> = {
  RETRIEVAL_QUERY: 'search result',
  SEMANTIC_SIMILARITY: 'sentence similarity',
  CLASSIFICATION: 'classification',
  CLUSTERING: 'clustering',
  QUESTION_ANSWERING: 'question answering',
  FACT_VERIFICATION: 'fact checking',
  CODE_RETRIEVAL_QUERY: 'code retrieval',
}

/** A text with the words before it that the model was trained with, where the owner says that it was. */
export function promptFor(
  text: string,
  prompts: EmbeddingsPolicy['prompts'],
  { taskType, title }: { readonly taskType?: TaskType | undefined; readonly title?: string | undefined },
): string {
  if (prompts === 'none' || taskType === undefined) return text
  if (taskType === 'RETRIEVAL_DOCUMENT') return `title: ${title ?? 'none'} | text: ${text}`
  const task = tasks[taskType]
  return task === undefined ? text : `task: ${task} | query: ${text}`
}
