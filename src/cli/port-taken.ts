import { hasCode } from '../host/private-file.ts'
import { Failure } from '../model/failure.ts'

/** What to tell of a port that could not be listened on; any other error as it came. */
export function portTaken(error: unknown, hint: string): unknown {
  if (!(error instanceof Error && 'syscall' in error && error.syscall === 'listen')) return error
  const port = 'port' in error ? Number(error.port) : 0
  if (hasCode(error, 'EADDRINUSE')) return new Failure('usage', `Port ${port} is taken.`, { hint, cause: error })
  if (!hasCode(error, 'EACCES')) return error
  return new Failure('usage', `This user may not listen on port ${port}.`, { hint, cause: error })
}
