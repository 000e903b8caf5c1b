import { timingSafeEqual } from 'node:crypto'
import { Failure } from '../../model/failure.ts'

/**
 * The code in what a person pasted: base64 of `state=…&code=…`. The state must be the one that went out, or the code is
 * of another sign-in: somebody may have sent it to make the person use their account. Throws `login-needed`.
 */
export function readPasted(pasted: string, state: string): string {
  const answer = new URLSearchParams(Buffer.from(pasted.trim(), 'base64').toString('utf8'))
  const [code, given] = [answer.get('code'), Buffer.from(answer.get('state') ?? '')]
  const wanted = Buffer.from(state)
  const isOurs = given.length === wanted.length && timingSafeEqual(given, wanted)
  if (code !== null && /^[\x21-\x7e]{1,512}$/.test(code) && isOurs) return code
  throw new Failure('login-needed', 'What was pasted is not the code of this sign-in.', {
    hint: 'Run the command again, open the address it shows, and copy the whole code.',
  })
}
