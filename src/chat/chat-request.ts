/**
 * What is asked, in the one language the house speaks: a Chat Completions object built from an allowlist. Field names
 * are vLLM's, because this object is what goes upstream; nothing that is not named here ever does. A field that is undefined is not sent.
 */
export interface ChatRequest {
  readonly messages: readonly ChatMessage[]
  readonly max_completion_tokens: number
  readonly temperature?: number | undefined
  readonly top_p?: number | undefined
  readonly top_k?: number | undefined
  readonly min_p?: number | undefined
  readonly presence_penalty?: number | undefined
  readonly frequency_penalty?: number | undefined
  readonly repetition_penalty?: number | undefined
  readonly n?: number | undefined
  readonly seed?: number | undefined
  readonly stop?: readonly string[] | undefined
  readonly logprobs?: true | undefined
  readonly top_logprobs?: number | undefined
  readonly tools?: readonly FunctionTool[] | undefined
  readonly tool_choice?: ToolChoice | undefined
  readonly parallel_tool_calls?: boolean | undefined
  readonly response_format?: ResponseFormat | undefined
  /** The last message, an assistant's, is the beginning of the answer. */
  readonly continue_final_message?: true | undefined
  readonly chat_template_kwargs: { readonly enable_thinking: boolean }
}

export type ChatMessage = SystemMessage | UserMessage | AssistantMessage | ToolMessage

interface SystemMessage {
  readonly role: 'system'
  readonly content: string
}

export interface UserMessage {
  readonly role: 'user'
  readonly content: string | readonly ContentPart[]
}

export interface AssistantMessage {
  readonly role: 'assistant'
  readonly content: string | null
  readonly reasoning?: string | undefined
  readonly tool_calls?: readonly ToolCall[] | undefined
}

interface ToolMessage {
  readonly role: 'tool'
  readonly tool_call_id: string
  readonly content: string | readonly ContentPart[]
}

export type ContentPart = TextPart | ImagePart | RemoteImagePart | AudioPart

interface TextPart {
  readonly type: 'text'
  readonly text: string
}

/** `url` is always a checked `data:` URL. */
export interface ImagePart {
  readonly type: 'image_url'
  readonly image_url: { readonly url: string }
}

/**
 * An image that is only named by its address. It is fetched before a request is fitted, and then is an `ImagePart`: no
 * model server is ever sent an address. `field` is where it stands, in the caller's own spelling.
 */
export interface RemoteImagePart {
  readonly type: 'remote_image'
  readonly url: string
  readonly field: string
}

/** `data` is checked base64, `format` what its first bytes say. */
interface AudioPart {
  readonly type: 'input_audio'
  readonly input_audio: { readonly data: string; readonly format: string }
}

/** `arguments` is JSON text of an object. */
export interface ToolCall {
  readonly id: string
  readonly type: 'function'
  readonly function: { readonly name: string; readonly arguments: string }
}

export interface FunctionTool {
  readonly type: 'function'
  readonly function: {
    readonly name: string
    readonly description?: string | undefined
    readonly parameters?: JsonObject | undefined
    readonly strict?: boolean | undefined
  }
}

/** As the caller wants it; what vLLM is told instead is decided in `upstream/`. */
export type ToolChoice =
  | 'auto'
  | 'none'
  | 'required'
  | { readonly type: 'function'; readonly function: { readonly name: string } }

export type ResponseFormat =
  | { readonly type: 'json_object' }
  | {
      readonly type: 'json_schema'
      readonly json_schema: {
        readonly name: string
        readonly description?: string | undefined
        readonly schema: JsonObject
        readonly strict?: boolean | undefined
      }
    }

type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject
export interface JsonObject {
  readonly [name: string]: JsonValue
}
