import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

const cost = { N: 16_384, r: 8, p: 1 } as const

/** A password as it is kept: salted, and slow to guess at. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(password, salt)
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64'), key.toString('base64')].join('$')
}

/** Whether it is the password of that hash. */
export async function isPassword(password: string, hash: string): Promise<boolean> {
  const [, , , , salt = '', kept = ''] = hash.split('$')
  const key = await derive(password, Buffer.from(salt, 'base64'))
  const wanted = Buffer.from(kept, 'base64')
  return wanted.length === key.length && timingSafeEqual(wanted, key)
}

const derive = (password: string, salt: Uint8Array): Promise<Buffer> =>
  new Promise((resolve, reject) =>
    scrypt(password.normalize(), salt, 32, cost, (error, key) => (error ? reject(error) : resolve(key))),
  )
