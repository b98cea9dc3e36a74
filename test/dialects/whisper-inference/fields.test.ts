import { walkFormFields } from '../walk-form-fields.ts'

walkFormFields({ dialect: 'whisper-inference', path: '/inference' })
