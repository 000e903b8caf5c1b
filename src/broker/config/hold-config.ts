import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { Failure } from '../../model/failure.ts'
import type { BrokerConfig } from './broker-config.ts'
import { readConfig } from './read-config.ts'

/** A configuration that follows its file. */
export interface HeldConfig {
  readonly current: () => BrokerConfig
  /** Reads the file again. Gives the failure, and keeps what was, when it is not good. */
  readonly reload: () => Failure | undefined
  readonly close: () => void
}

export interface Holding {
  /** Told when another configuration holds, and why a changed file was not taken. */
  readonly changed: (config: BrokerConfig) => void
  readonly refused: (failure: Failure) => void
}

/** What a running broker cannot take over without being started again. */
const fixed = ['listen', 'listenMutualTls', 'database', 'keyFile', 'publicUrl'] as const

/** Reads a configuration and takes over each good change of its file; a bad one changes nothing. */
export function holdConfig(file: string, { changed, refused }: Holding): HeldConfig {
  let config = readConfig(file)
  const reload = (): Failure | undefined => {
    try {
      const fresh = readConfig(file)
      if (fresh.digest === config.digest) return undefined
      const key = fixed.find((name) => JSON.stringify(fresh[name]) !== JSON.stringify(config[name]))
      if (key !== undefined)
        throw new Failure('config-invalid', `${file}: ${key} changed, which a running broker cannot take over.`, {
          hint: 'Start the broker again.',
        })
      config = fresh
      changed(config)
      return undefined
    } catch (error) {
      const failure = error instanceof Failure ? error : new Failure('config-invalid', String(error), { cause: error })
      refused(failure)
      return failure
    }
  }
  // Editors and Kubernetes replace the file: the folder is what stays.
  let timer: NodeJS.Timeout | undefined
  let watcher: FSWatcher | undefined
  try {
    watcher = watch(dirname(resolve(file)), (_, name) => {
      if (name !== null && name !== basename(file) && !name.startsWith('..')) return
      clearTimeout(timer)
      timer = setTimeout(reload, settling)
      timer.unref()
    })
    watcher.unref()
  } catch {
    // A file system that tells of no changes: reload is still there.
  }
  return {
    current: () => config,
    reload,
    close: () => {
      clearTimeout(timer)
      watcher?.close()
    },
  }
}

/** Milliseconds in which an editor has written all of it. */
const settling = 100
