// No tests in here: what the tests beside it play on. It is named so that it stays out of the package.
import { type HeldKey, heldKey } from './held-key.ts'
import { isStep, performStep, type Step } from './perform-step.ts'
import type { Rotation } from './rotation.ts'

export const day = 86_400
const steps = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const satisfies readonly Step[]

interface Key {
  readonly id: string
  readonly secret: string
  readonly createdAt: Date
  active: boolean
  lastUsed?: Date
}

/** The power went out: nothing after this call happens. */
export class Crash extends Error {}

/** A user's keys and a secret in memory, and a turn of its rotation as Secrets Manager takes one. */
export function setStage() {
  let now = new Date('2026-11-21T09:00:00Z')
  let made = 0
  let crashIn = Number.POSITIVE_INFINITY
  let crashSide: 'before' | 'after' = 'before'
  const keys = new Map<string, Key>()
  const versions = new Map<string, { text?: string; readonly stages: Set<string> }>()
  versions.set('first', { text: '{"user_name":"backup","note":"kept"}', stages: new Set(['AWSCURRENT']) })
  const calls: string[] = []
  const holder = (stage: string) => [...versions].find(([, { stages }]) => stages.has(stage))
  const move = (stage: string, to: string | undefined): void => {
    const from = holder(stage)
    from?.[1].stages.delete(stage)
    if (stage === 'AWSCURRENT' && from && to !== from[0]) {
      holder('AWSPREVIOUS')?.[1].stages.delete('AWSPREVIOUS')
      from[1].stages.add('AWSPREVIOUS')
    }
    if (to !== undefined) versions.get(to)?.stages.add(stage)
  }
  /** One call to AWS, counted and perhaps the last. */
  const call = async <T>(name: string, effect: () => T): Promise<T> => {
    calls.push(name)
    crashIn -= 1
    if (crashIn < 0) throw new Crash('already down')
    if (crashIn === 0 && crashSide === 'before') throw new Crash(`before ${name}`)
    const result = effect()
    if (name === world.answerLost) {
      world.answerLost = ''
      throw named('TimeoutError')
    }
    if (crashIn === 0) throw new Crash(`after ${name}`)
    return result
  }
  const world = {
    keys,
    calls,
    later: (seconds: number): void => {
      now = new Date(now.getTime() + seconds * 1000)
    },
    addKey: (id: string, more: Partial<Key> = {}): void => {
      keys.set(id, { id, secret: `secret of ${id}`, createdAt: now, active: true, ...more })
    },
    use: (id: string): void => {
      const key = keys.get(id)
      if (key) key.lastUsed = now
    },
    now: () => now,
    /** `AKIA1 active, AKIA2 inactive` */
    state: (): string =>
      [...keys.values()].map(({ id, active }) => `${id} ${active ? 'active' : 'inactive'}`).join(', '),
    keyIn: (stage: string): HeldKey | undefined => heldKey(holder(stage)?.[1].text ?? '{}'),
    textIn: (stage: string): string | undefined => holder(stage)?.[1].text,
    versionIn: (stage: string): string | undefined => holder(stage)?.[0],
    stagesOf: (version: string): readonly string[] => [...(versions.get(version)?.stages ?? [])],
    crashAt: (count: number, side: 'before' | 'after'): void => {
      crashIn = count
      crashSide = side
    },
    repair: (): void => {
      crashIn = Number.POSITIVE_INFINITY
    },
    setPending: (version: string, text: string): void => {
      versions.set(version, { text, stages: new Set() })
      move('AWSPENDING', version)
    },
    rotates: true,
    /** The call whose next answer is lost: it is done, and fails all the same. */
    answerLost: '',
    refusePut: false,
    /** What STS answers; throws what it refuses with. */
    whoIs: async ({ accessKeyId, secretAccessKey }: HeldKey): Promise<string> => {
      const key = keys.get(accessKeyId)
      if (!key?.active || key.secret !== secretAccessKey) throw named('InvalidClientTokenId')
      return 'arn:aws:iam::111122223333:user/machines/backup'
    },
    /** Begins a turn, as RotateSecret does: an empty version that is pending. */
    begin: (version: string): void => {
      versions.set(version, { stages: new Set() })
      move('AWSPENDING', version)
    },
    step: (step: Step, version: string): Promise<void> => performStep(step, rotationOf(version)),
    /** A turn as Secrets Manager takes it: each step tried so many times. */
    turn: async (version: string, tries = 1): Promise<void> => {
      if (!versions.has(version)) world.begin(version)
      for (const step of steps.filter(isStep))
        for (let left = tries; left > 0; left--) {
          try {
            await world.step(step, version)
            break
          } catch (error) {
            if (left === 1) throw error
            world.repair()
          }
        }
    },
  }
  const rotationOf = (version: string): Rotation => ({
    userName: 'backup',
    version,
    soakSeconds: day,
    now: () => now,
    wait: async (milliseconds) => world.later(milliseconds / 1000),
    whoIs: (key) => call('whoIs', () => undefined).then(() => world.whoIs(key)),
    keys: {
      list: () =>
        call('list', () => [...keys.values()].map(({ id, active, createdAt }) => ({ id, active, createdAt }))),
      create: () =>
        call('create', () => {
          if (keys.size >= 2) throw named('LimitExceededException')
          made += 1
          world.addKey(`AKIA${made}`)
          return { accessKeyId: `AKIA${made}`, secretAccessKey: `secret of AKIA${made}` }
        }),
      deactivate: (id) =>
        call('deactivate', () => {
          const key = keys.get(id)
          if (!key) throw named('NoSuchEntityException')
          key.active = false
        }),
      remove: (id) => call('remove', () => void keys.delete(id)),
      lastUsed: (id) => call('lastUsed', () => keys.get(id)?.lastUsed),
    },
    secret: {
      describe: () =>
        call('describe', () => ({
          rotates: world.rotates,
          stages: Object.fromEntries([...versions].map(([id, { stages }]) => [id, [...stages]])),
        })),
      read: (stage, id) =>
        call('read', () => {
          const found = holder(stage)
          return found && (id === undefined || id === found[0]) ? found[1].text : undefined
        }),
      putPending: (id, text) =>
        call('put', () => {
          if (world.refusePut) throw named('InternalServiceError')
          const before = versions.get(id)
          if (before?.text !== undefined && before.text !== text) throw named('ResourceExistsException')
          versions.set(id, { text, stages: before?.stages ?? new Set() })
          move('AWSPENDING', id)
        }),
      moveStage: (stage, _from, to) => call('move', () => move(stage, to)),
    },
  })
  return world
}

export const named = (name: string): Error => Object.assign(new Error(name), { name })
