const tokensPerSecond = 25
/** Of sound whose length is not looked for: ten seconds. */
const usualTokens = 250
/** No context is as long, and a header may claim any length. */
const tokensMax = 300_000

/** What a piece of audio becomes: a WAV with its samples at the end by its length, everything else by guess. */
export function audioTokensOf(bytes: Buffer): number {
  const isWav = bytes.length > 44 && bytes.toString('latin1', 0, 4) === 'RIFF'
  if (!isWav) return usualTokens
  const bytesPerSecond = bytes.readUInt32LE(28)
  const tokens = Math.ceil(((bytes.length - 44) / bytesPerSecond) * tokensPerSecond)
  return Math.min(Math.max(1, tokens), tokensMax)
}
