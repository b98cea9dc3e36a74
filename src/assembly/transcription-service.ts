import { createPlaces } from '../admission/places.ts'
import { createAudioConverter } from '../speech/convert-audio.ts'
import { createMakePlayable } from '../speech/playable-audio.ts'
import { createServeTranscription } from '../speech/serve-transcription.ts'
import type { TranscriptionService } from '../speech/transcription-service.ts'
import { createAnswerWatch } from '../upstream/answer-watch.ts'
import { createSpeechServers } from '../upstream/speech-servers.ts'
import { decodes } from '../upstream/transcription-form.ts'
import { createTranscriptionUpstream } from '../upstream/transcription-upstream.ts'
import { weighing } from '../usage/weighing.ts'
import {
  type Assembled,
  answerTales,
  cardTales,
  inBackground,
  openServers,
  type ServiceParts,
  type SettingsOf,
  statusOf,
} from './service-parts.ts'

/** Speech is counted in seconds, which the entry knows. */
const noTokens = { promptTokens: 0, completionTokens: 0 }

export function assembleTranscriptionService(
  settings: SettingsOf<'transcription'>,
  { log, limits, card, uploads }: ServiceParts,
): Assembled<TranscriptionService> {
  const { name, aliases, timeouts, uploadMaxBytes } = settings
  const secondsMax = settings.durationMaxMs / 1000
  const servers = openServers(log, settings)
  const cards = createSpeechServers({
    ...{ servers, kind: settings.server, model: settings.model },
    onChange: cardTales(log, settings).onChange,
  })
  const answers = createAnswerWatch(answerTales(log, settings))
  const asked = createTranscriptionUpstream({ servers, cards, limits: timeouts })
  const admission = createPlaces({ placesMax: settings.places, queueMax: settings.queue, waitMaxMs: timeouts.totalMs })
  const converter = createAudioConverter({ folder: uploads, secondsMax })
  const serveTranscription = createServeTranscription({
    limits: limits.requestLimits(weighing(card, () => noTokens)),
    admission,
    makePlayable: createMakePlayable({
      ...{ rule: settings.convert, converter, secondsMax },
      plays: (audio) => decodes(cards.known?.kind, audio),
    }),
    upstream: { transcribe: (request, visit) => answers.watch(asked.transcribe(request, visit), visit.signal) },
    secondsMax,
  })
  const status = () => ({ ...statusOf({ cards, answers, admission }), contextWindow: null })
  const background = inBackground(cards, servers)
  return {
    service: {
      ...{ kind: 'transcription', name, aliases, status, uploadMaxBytes, uploads, serveTranscription },
      upstreams: servers.upstreams,
    },
    ...background,
    start() {
      background.start()
      // Known before the first request needs it.
      if (settings.convert !== 'never') void converter.available()
    },
  }
}
