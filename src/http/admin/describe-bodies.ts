import * as z from 'zod'
import type { NamedShape } from '../../dialects/dialect.ts'
import { openaiErrorShape } from '../../dialects/openai-error-shape.ts'
import type { PublicShapes } from './public-shapes.ts'

/** As much of an OpenAPI document as is looked at here. */
interface Description {
  components?: { schemas?: object }
  paths?: object
}

interface Operation {
  readonly security?: readonly object[]
  readonly responses?: object
  readonly requestBody?: {
    readonly required?: boolean
    readonly content: Readonly<Record<string, { readonly schema?: object }>>
  }
}

/**
 * Adds the bodies of the routes that models answer, each schema once among the components: the same route is there below
 * every service and in several spellings. `shapes` has paths as the description does.
 */
export function describeBodies<Described extends Description>(description: Described, shapes: PublicShapes): Described {
  const named = [...shapes.values()].flatMap(({ request, error }) => [request, error])
  const schemas = Object.fromEntries([openaiErrorShape, ...named].map(({ name, schema }) => [name, toSchema(schema)]))
  const paths = mapValues(description.paths ?? {}, (methods, path) =>
    mapValues(methods, (operation: Operation, method) =>
      withShapes(withOptionalBody(operation), shapes.get(`${method.toUpperCase()} ${path}`)),
    ),
  )
  const components = { ...description.components, schemas: { ...description.components?.schemas, ...schemas } }
  return { ...description, components, paths }
}

/** What has a default may be left out; Swagger takes every body to be wanted. */
function withOptionalBody(operation: Operation): Operation {
  const { requestBody } = operation
  const contents = Object.values(requestBody?.content ?? {})
  if (requestBody === undefined || !contents.some(({ schema = {} }) => 'default' in schema)) return operation
  return { ...operation, requestBody: { ...requestBody, required: false } }
}

function withShapes(operation: Operation, shapes: ReturnType<PublicShapes['get']>): object {
  const { security = [], responses = {} } = operation
  if (security.length === 0 || '4XX' in responses) return operation
  const failure = { description: 'What was wrong, in the words of this dialect.', ...contentOf(shapes?.error) }
  const told = { ...operation, responses: { ...responses, '4XX': failure, '5XX': failure } }
  return shapes === undefined ? told : { ...told, requestBody: { required: true, ...contentOf(shapes.request) } }
}

function contentOf({ name, mediaType = 'application/json' }: NamedShape = openaiErrorShape): object {
  return { content: { [mediaType]: { schema: { $ref: `#/components/schemas/${name}` } } } }
}

/** What a schema of ours checks by itself, JSON Schema leaves open. */
function toSchema(schema: z.ZodType): object {
  const { $schema: _, ...described } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return described
}

function mapValues<Value extends object>(values: object, map: (value: Value, name: string) => unknown): object {
  // Swagger's document is objects in objects here.
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value as Value, name)]))
}
