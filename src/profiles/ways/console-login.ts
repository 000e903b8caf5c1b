import { Failure } from '../../model/failure.ts'
import { placeText, shown } from '../parse.ts'
import { textIn } from '../values.ts'
import type { Way } from './way.ts'

const session = {
  pattern: /^arn:[\w-]{1,30}:(?:iam|sts)::\d{12}:[\x21-\x7e]{1,2048}$/,
  hint: 'It is the ARN of who signs in to the console, like arn:aws:iam::111122223333:user/ann',
}

/** Whoever signs in to the console: `login_session`, as `aws login` writes it. */
export const consoleLoginWay: Way = {
  keys: ['login_session'],
  read: (profile, { target }) => {
    const arn = textIn(profile, 'login_session', session)
    if (arn !== undefined) return { kind: 'console-login', session: arn, signin: target('signin') }
    throw new Failure('profile-incomplete', `${placeText(profile.at)}: ${shown(profile.name)} lacks login_session.`, {
      hint: session.hint,
    })
  },
}
