import type { TranscriptSegment } from '../speech/transcript.ts'

/** Subtitles, one cue a segment, as players of SubRip read them. */
export function subRip(segments: readonly TranscriptSegment[]): string {
  return segments
    .map(({ start, end, text }, index) => `${index + 1}\n${clock(start, ',')} --> ${clock(end, ',')}\n${cue(text)}\n\n`)
    .join('')
}

export function webVtt(segments: readonly TranscriptSegment[]): string {
  const cues = segments.map(({ start, end, text }) => `${clock(start, '.')} --> ${clock(end, '.')}\n${cue(text)}\n\n`)
  return `WEBVTT\n\n${cues.join('')}`
}

/** One line: an empty one would end the cue, and an arrow would begin another. */
function cue(text: string): string {
  return text
    .trim()
    .replaceAll(/\s*[\n\r]\s*/g, ' ')
    .replaceAll(/--+>/g, '->')
}

/** Such as `01:02:03,456`; hours may have more digits. */
function clock(seconds: number, point: ',' | '.'): string {
  const milliseconds = Math.round(seconds * 1000)
  const whole = Math.floor(milliseconds / 1000)
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const told = parts.map((part) => String(part).padStart(2, '0')).join(':')
  return `${told}${point}${String(milliseconds % 1000).padStart(3, '0')}`
}
