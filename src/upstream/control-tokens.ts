const controlToken =
  /<(?=\|(?:turn|tool_call|tool_response|tool|channel|think|image|audio|"|image_soft_token)\|?>|(?:turn|tool_call|tool_response|tool|channel|image|audio)\|>|(?:start_of_turn|end_of_turn|bos|eos|pad)>)/g

/**
 * Text of a caller's that spells one of Gemma's control tokens would become that token and end the turn. A zero-width
 * space after the bracket keeps it text.
 */
export function breakControlTokens(text: string): string {
  return text.includes('<') ? text.replace(controlToken, '<\u200b') : text
}
