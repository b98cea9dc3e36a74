import type { LlamaOptions } from './llama-options.ts'

/** `/v1/models`: Ollama's list and OpenAI's in one. */
export function modelList({ model, contextTokens, dimensions }: LlamaOptions): object {
  const details = {
    ...{ parent_model: '', format: 'gguf', family: '', families: [''], parameter_size: '', quantization_level: '' },
  }
  const meta = {
    ...{ vocab_type: 1, n_vocab: 262_144, n_ctx: contextTokens, n_ctx_train: 2048, n_embd: dimensions },
    ...{ n_params: 302_863_104, size: 321_000_000, ftype: 'Q8_0' },
  }
  return {
    models: [
      {
        ...{ name: model, model, modified_at: '', size: '', digest: '', type: 'model', description: '', tags: [''] },
        ...{ capabilities: ['completion'], parameters: '', details },
      },
    ],
    object: 'list',
    data: [
      {
        ...{ id: model, aliases: [model], tags: [], object: 'model', created: Math.floor(Date.now() / 1000) },
        ...{ owned_by: 'llamacpp', meta },
      },
    ],
  }
}

/** `/props`; how its sampling is set up is left out. */
export function properties({ model, contextTokens, slots }: LlamaOptions): object {
  return {
    default_generation_settings: { params: {}, n_ctx: contextTokens },
    total_slots: slots,
    model_alias: model,
    model_ftype: 'Q8_0',
    model_path: `/models/${model}.gguf`,
    modalities: { vision: false, video: false, audio: false },
    media_marker: '<__media__>',
    ...{ endpoint_slots: true, endpoint_props: false, endpoint_metrics: false, ui: false, ui_settings: {} },
    ...{ chat_template: '', chat_template_caps: {}, bos_token: '<bos>', eos_token: '<eos>' },
    ...{ build_info: 'look-alike', is_sleeping: false, cors_proxy_enabled: false },
  }
}
