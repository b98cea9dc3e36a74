import { written } from './written.ts'

/** First steps of paths that are, or may become, routes of the gateway or of the model server's own interface. */
const routeNames: ReadonlySet<string> = new Set(
  (
    'v1 v1beta v1alpha v2 chat completions health healthz livez readyz ready live models admin docs redoc openapi ' +
    'metrics responses messages embeddings embed audio inference images files batches moderations realtime rerank score pooling ' +
    'classify tokenize detokenize version ping info stats load api keys usage dashboard assets static login logout ' +
    'root robots favicon'
  ).split(' '),
)

const wanted =
  'a name of 1 to 63 lower-case letters, digits and hyphens that begins with no hyphen and is no route such as v1, ' +
  'chat, health or models'

/** A service's name is its URL prefix and its permission. */
export const serviceNameSchema = written(wanted, (raw) => {
  const name = String(raw)
  return /^[a-z0-9][a-z0-9-]{0,62}$/.test(name) && !routeNames.has(name) ? name : undefined
})
