import { spawn } from 'node:child_process'
import { Failure } from '../model/failure.ts'

/** Signals a terminal or a supervisor sends us that are meant for the command. */
const passedOn = ['SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGCONT', 'SIGWINCH'] as const

/**
 * Runs a command with our terminal and gives the exit status it ended with; a signal's number plus 128 when a signal
 * ended it. Signals sent to us go on to it. Ctrl-C reaches it from the terminal itself: we only outlive it.
 */
export function runCommand(words: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [program = '', ...args] = words
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: 'inherit' })
    const relays = passedOn.map((signal) => [signal, () => void child.kill(signal)] as const)
    const ignore = (): void => undefined
    for (const [signal, relay] of relays) process.on(signal, relay)
    process.on('SIGINT', ignore)
    const settle = (): void => {
      for (const [signal, relay] of relays) process.off(signal, relay)
      process.off('SIGINT', ignore)
    }
    child.on('error', (error) => {
      settle()
      const isMissing = 'code' in error && error.code === 'ENOENT'
      reject(
        new Failure(
          'command-not-found',
          isMissing ? `There is no command ${program}.` : `${program} cannot be run: ${error.message}`,
          {
            cause: error,
            hint: 'mayfly exec PROFILE -- COMMAND [ARGUMENT …]',
          },
        ),
      )
    })
    child.on('exit', (status, signal) => {
      settle()
      resolve(status ?? 128 + numberOf(signal))
    })
  })
}

/** Asked for when a signal ended the command, and not before: the module would cost every warm `exec`. */
const numberOf = (signal: NodeJS.Signals | null): number =>
  signal ? process.getBuiltinModule('node:os').constants.signals[signal] : 0
