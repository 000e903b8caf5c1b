/** How often something may be done: a few at once, and then so many a second. */
interface Allowance {
  readonly burst: number
  readonly perSecond: number
}

const allowances = {
  /** Proofs and logins from one address. */
  proof: { burst: 200, perSecond: 10 },
  /** Proofs and logins of one address that were refused: whoever guesses is told to wait, and no more of it is kept. */
  refused: { burst: 20, perSecond: 0.5 },
  /** Logins of one principal. */
  principal: { burst: 60, perSecond: 1 },
  /** Guesses at the codes of devices, by person and by address: a code lives ten minutes, and there are 20⁸. */
  'user-code': { burst: 8, perSecond: 0.05 },
  /** Device logins begun from one address. */
  device: { burst: 10, perSecond: 0.2 },
  /** Sessions and requests of one principal: STS has limits of its own, and they are everybody's. */
  session: { burst: 300, perSecond: 5 },
  /** Revocations of one's own: each writes a policy at AWS. */
  revocation: { burst: 60, perSecond: 0.2 },
  /** Questions of one device whether it was let in: it is told to ask every two seconds. */
  poll: { burst: 3, perSecond: 0.6 },
} as const satisfies Readonly<Record<string, Allowance>>

export type Limited = keyof typeof allowances

/** Token buckets, by what is limited and whom: as many of them as fit, the ones unused for longest forgotten first. */
export interface RateLimits {
  /** Takes one. 0, or how many seconds to wait before one is there. */
  readonly take: (what: Limited, whom: string) => number
}

interface Bucket {
  readonly tokens: number
  readonly at: number
}

/** Limits that this process keeps in memory, at most `most` at a time. */
export function openRateLimits({
  now,
  most = 20_000,
}: {
  readonly now: () => Date
  readonly most?: number
}): RateLimits {
  const buckets = new Map<string, Bucket>()

  function look(what: Limited, whom: string): Bucket & { readonly key: string } {
    const { burst, perSecond } = allowances[what]
    const key = `${what} ${whom}`
    const at = now().getTime()
    const known = buckets.get(key)
    // A clock that was set back must not lock anybody out for as long.
    const passed = known ? Math.max(0, at - known.at) / 1000 : 0
    return { key, at, tokens: known ? Math.min(burst, known.tokens + passed * perSecond) : burst }
  }

  const waitOf = (what: Limited, tokens: number): number =>
    tokens >= 1 ? 0 : Math.ceil((1 - tokens) / allowances[what].perSecond)

  return {
    take(what, whom) {
      const { key, at, tokens } = look(what, whom)
      buckets.delete(key)
      buckets.set(key, { at, tokens: tokens >= 1 ? tokens - 1 : tokens })
      for (const oldest of buckets.keys()) {
        if (buckets.size <= most) break
        buckets.delete(oldest)
      }
      return waitOf(what, tokens)
    },
  }
}
