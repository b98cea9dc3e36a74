export { encodeOpenaiError as encodeError } from '../openai-error.ts'
